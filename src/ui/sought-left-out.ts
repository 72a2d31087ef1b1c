import { body, rest, type Schemas } from './rest-client.ts';

/** Most pages of those left out that are looked through for a name. */
const MOST_PAGES = 20;

type LeftOut = Schemas['LeftOutShoot'];

/** The first ten of the Shoots that an orchestration has left out and that are sought. */
export async function leftOut(
  orchestrationID: string,
  isSought: (shoot: LeftOut) => boolean,
): Promise<LeftOut[]> {
  const found: LeftOut[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data } = await body(
      rest.GET('/orchestrations/{orchestrationID}/excluded', {
        params: { path: { orchestrationID }, query: { page, page_size: 100 } },
      }),
    );
    found.push(...data.filter(isSought));
    if (data.length < 100 || found.length >= 10) break;
  }
  return found.slice(0, 10);
}
