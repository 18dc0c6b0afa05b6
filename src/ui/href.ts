/** The inputs of a page as they are in its address. */
export type Params = Readonly<Record<string, string | number | boolean | undefined>>;
/** The address of a page with its inputs, for `<a href>`. */
export function href(path: string, params: Params = {}): string {
  const query = new URLSearchParams(
    Object.entries(params)
      .filter(([, value]) => value !== undefined && value !== '' && value !== false)
      .map(([name, value]) => [name, String(value)]),
  ).toString();
  return `#/${path}${query ? `?${query}` : ''}`;
}
