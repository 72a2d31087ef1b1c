/** The newest entries of a log that the API gives a page at a time, the oldest first. */

const PAGE_SIZE = 50;

type Read<T> = (page: number, page_size: number) => Promise<{ data: T[]; totalCount: number }>;

/** The last `most` entries, newest first, and how many there are in all. */
export async function newestOf<T>(read: Read<T>, most = PAGE_SIZE): Promise<{ rows: T[]; total: number }> {
  const { totalCount: total } = await read(1, 1);
  const last = Math.max(1, Math.ceil(total / most));
  // The last page may have a single entry; the one before it has the others.
  const pages = await Promise.all(
    [last - 1, last].filter((page) => page > 0).map((page) => read(page, most)),
  );
  const rows = pages.flatMap(({ data }) => data).reverse();
  return { rows: rows.slice(0, most), total };
}
