import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  secrets?: string[];
}

interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ownServices = services.filter(([, service]) => service.build !== undefined);

/** Variables that `${NAME}`, `${NAME:-default}` and `${NAME:?message}` name; `$$` is a plain dollar sign. */
function variables(): { name: string; operator: string; rest: string }[] {
  const found = text.replaceAll('$$', '').matchAll(/\$\{([A-Z0-9_]+)(:?[-?+]?)([^}]*)\}/g);
  return [...found].map(([, name = '', operator = '', rest = '']) => ({ name, operator, rest }));
}

describe('docker-compose.yml', () => {
  it('follows the Compose Specification', () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { duration: true } });
    addFormats.default(ajv, ['uri', 'date-time']);
    const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec/compose-spec.json')) as object);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { api: { imagee: 'x' } } })).toBe(false);
  });

  it('runs the API, the workers and the migrations as services of their own', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(ownServices.map(([name]) => name).sort()).toEqual(['api', 'migrate', 'worker']);
    for (const [name, { command }] of ownServices)
      expect(scripts[name]).toBe(`exec ${command?.join(' ') ?? ''}`);
  });

  it('starts nothing before what it needs', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const other = compose.services[needed];
        expect(other, `${name} needs ${needed}`).toBeDefined();
        expect(condition).toBe(other?.healthcheck ? 'service_healthy' : 'service_completed_successfully');
      }
    }
    const needed = Object.keys(compose.services['api']?.depends_on ?? {});
    expect(needed).toEqual(['migrate', 'temporal-namespace']);
  });

  it('checks the health of every service that keeps running', () => {
    const unchecked = services.filter(([, service]) => !service.healthcheck).map(([name]) => name);
    expect(unchecked.sort()).toEqual(['migrate', 'temporal-namespace', 'temporal-schema']);
  });

  it('pins the version of every image', () => {
    for (const [, { image, build }] of services) {
      if (build === undefined) expect(image).toMatch(/:\d+\.\d+/);
    }
  });

  it('opens ports on loopback only', () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('holds no secret', () => {
    const secret = /PASSWORD|PWD|SECRET$|TOKEN$|API_KEY/;
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (secret.test(name)) expect(value, name).toMatch(/^\$\{[A-Z0-9_]+(:\?[^}]+|:-)\}$/);
        expect(value, name).not.toMatch(/:\/\/[^/$]*:[^/$@]+@/);
      }
    }
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\$\{/);
  });

  it('reads no variable that .env.example leaves out, and none is left over there', () => {
    const example = [...read('.env.example').matchAll(/^([A-Z0-9_]+)=(.*)$/gm)];
    const used = new Set(variables().map(({ name }) => name));
    expect(example.map(([, name]) => name).sort()).toEqual([...used].sort());
  });

  it('has the same defaults as .env.example, and says what to set where there is none', () => {
    const example = new Map(
      [...read('.env.example').matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    for (const { name, operator, rest } of variables()) {
      expect([':?', ':-'], name).toContain(operator);
      if (operator === ':?') expect(rest, name).toMatch(/^set it in \.env to /);
      expect(example.get(name), name).toBe(operator === ':-' ? rest : '');
    }
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('runs without rights and without development packages', () => {
    const user = lines.findIndex((line) => line === 'USER node');
    expect(user).toBeGreaterThan(0);
    expect(lines.slice(user).some((line) => /^(COPY|RUN|USER root)/.test(line))).toBe(false);
    expect(lines.join('\n')).toContain('npm ci --omit=dev');
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1).replace(/\/$/, ''));
    const copied = lines
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied.sort()).toEqual(kept.sort());
  });
});
