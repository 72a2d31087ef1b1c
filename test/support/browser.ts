/** As much of a browser as signing in needs: cookies by host, and redirects that are followed one by one. */

interface Cookie {
  name: string;
  value: string;
  /** As it was sent, without name and value: `Path=/`, `HttpOnly`. */
  attributes: string[];
}

/** An answer that the browser got. */
export interface Visit {
  url: string;
  status: number;
  headers: Headers;
  body: string;
}

export interface Request {
  method?: string;
  /** Sent with POST. */
  form?: URLSearchParams;
  json?: unknown;
  headers?: Record<string, string>;
}

export class Browser {
  /** Everything that has come, in its order. */
  readonly visits: Visit[] = [];
  /** By host: ports share cookies (RFC 6265, section 8.5). */
  private readonly jars = new Map<string, Map<string, Cookie>>();
  /** Where a proxy sends on what is for an origin. */
  private readonly proxied: ReadonlyMap<string, string>;

  constructor(proxied: Record<string, string> = {}) {
    this.proxied = new Map(Object.entries(proxied));
  }

  /** Its cookies for the host of this URL, whatever their paths. */
  cookies(url: string): Cookie[] {
    return [...this.jarOf(url).values()];
  }

  cookie(url: string, name: string): Cookie | undefined {
    return this.jarOf(url).get(name);
  }

  /** As a page can't: puts another value there. */
  plant(url: string, name: string, value: string): void {
    this.jarOf(url).set(name, { name, value, attributes: [] });
  }

  async request(url: string, { method, form, json, headers }: Request = {}): Promise<Visit> {
    const { origin, hostname } = new URL(url);
    const sent = (this.proxied.get(origin) ?? origin) + url.slice(origin.length);
    const cookies = this.cookies(url).map(({ name, value }) => `${name}=${value}`);
    const answer = await fetch(sent, {
      method: method ?? (form ? 'POST' : 'GET'),
      redirect: 'manual',
      headers: {
        ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(form ? { body: form } : {}),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    for (const text of answer.headers.getSetCookie()) this.keep(hostname, text);
    const visit = { url, status: answer.status, headers: answer.headers, body: await answer.text() };
    this.visits.push(visit);
    return visit;
  }

  /** Follows redirects while they stay at the origin; answers the first page, or the URL that leads away and what sent there. */
  async open(url: string, request: Request = {}): Promise<{ url: string; visit: Visit }> {
    const { origin } = new URL(url);
    let current = url;
    let visit = await this.request(current, request);
    for (let hops = 0; hops < 10 && visit.headers.has('location'); hops += 1) {
      current = new URL(visit.headers.get('location') ?? '', current).href;
      if (new URL(current).origin !== origin) break;
      visit = await this.request(current);
    }
    return { url: current, visit };
  }

  private jarOf(url: string): Map<string, Cookie> {
    const { hostname } = new URL(url);
    const jar = this.jars.get(hostname) ?? new Map<string, Cookie>();
    this.jars.set(hostname, jar);
    return jar;
  }

  private keep(hostname: string, text: string): void {
    const [pair = '', ...attributes] = text.split(/; */);
    const [name = '', value = ''] = pair.split(/=(.*)/);
    const jar = this.jarOf(`http://${hostname}`);
    if (value === '' || attributes.some((attribute) => /^max-age=0$/i.test(attribute))) jar.delete(name);
    else jar.set(name, { name, value, attributes });
  }
}
