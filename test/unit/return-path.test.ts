import { describe, expect, it } from 'vitest';
import { returnURL } from '../../src/api/authentication/return-path.ts';

describe('where a browser returns to', () => {
  it.each([
    ['http://localhost:8080', '/ui/a?b=c#d', 'http://localhost:8080/ui/a?b=c#d'],
    ['http://localhost:8080', '/', 'http://localhost:8080/'],
    ['https://example.com/drydock', '/drydock', 'https://example.com/drydock'],
    ['https://example.com/drydock', '/drydock/ui', 'https://example.com/drydock/ui'],
    ['https://example.com/drydock', '/authors', undefined],
    ['https://example.com', '/authors', 'https://example.com/authors'],
    ['https://example.com', '/ui/..//evil.example', 'https://example.com//evil.example'],
  ])('of %s, %s is %s', (base, path, url) => {
    expect(returnURL(path, base)).toBe(url);
  });

  it.each([
    ['https://example.com/drydock', '/other/ui'],
    ['https://example.com/drydock', '/drydock-2/ui'],
    ['https://example.com/drydock', '/drydock/../other'],
    ['https://example.com/drydock', '/drydock/auth/login'],
    ['https://example.com', '/auth'],
    ['https://example.com', '/auth/callback?code=x'],
    ['https://example.com', '/%2e%2e/auth/login'],
    ['https://example.com', '//evil.example'],
    ['https://example.com', '///evil.example'],
    ['https://example.com', '/\\evil.example'],
    ['https://example.com', '/ui\\..\\..'],
    ['https://example.com', '/\r\n/evil.example'],
    ['https://example.com', '/ui\u0085'],
    ['https://example.com', 'https://example.com/ui'],
    ['https://example.com', 'ui'],
    ['https://example.com', '@evil.example'],
    ['https://example.com', ''],
  ])('of %s, %j is nowhere', (base, path) => {
    expect(returnURL(path, base)).toBeUndefined();
  });
});
