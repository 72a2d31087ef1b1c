/** As much of a browser as the local issuer's pages need: cookies, redirects that are followed one by one, and forms. */

export interface Page {
  url: string;
  status: number;
  text: string;
}

export class FormBrowser {
  readonly #cookies = new Map<string, string>();

  /** Follows redirects, also to other servers of this machine. */
  async open(url: string, form?: URLSearchParams): Promise<Page> {
    let current = url;
    let answer = await this.#request(current, form);
    for (let hops = 0; hops < 10 && answer.headers.has('location'); hops += 1) {
      current = new URL(answer.headers.get('location') ?? '', current).href;
      answer = await this.#request(current);
    }
    return { url: current, status: answer.status, text: await answer.text() };
  }

  /** Sends the form of a page with its hidden fields and these. */
  async send(page: Page, fields: Record<string, string> = {}): Promise<Page> {
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`${page.url} has no form: ${page.text}`);
    const hidden = [...page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(
      ([tag]): [string, string] => [
        / name="([^"]+)"/.exec(tag)?.[1] ?? '',
        / value="([^"]*)"/.exec(tag)?.[1] ?? '',
      ],
    );
    const form = new URLSearchParams([...hidden, ...Object.entries(fields)]);
    return await this.open(new URL(action, page.url).href, form);
  }

  async #request(url: string, form?: URLSearchParams): Promise<Response> {
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: form } : {}),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}
