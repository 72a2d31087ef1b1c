import { body, rest, type Schemas } from './rest-client.ts';

/** Most pages of those left out that are looked through for a name. */
const MOST_PAGES = 20;

/** The first ten Shoots that an orchestration has left out and that have this text in what is said of them. */
export async function leftOut(orchestrationID: string, search: string): Promise<Schemas['LeftOutShoot'][]> {
  const found: Schemas['LeftOutShoot'][] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data } = await body(
      rest.GET('/orchestrations/{orchestrationID}/excluded', {
        params: { path: { orchestrationID }, query: { page, page_size: 100 } },
      }),
    );
    found.push(...data.filter((one) => JSON.stringify(one).toLowerCase().includes(search.toLowerCase())));
    if (data.length < 100 || found.length >= 10) break;
  }
  return found.slice(0, 10);
}
