/** The address of an HTTP API, with the path prefix if there is one. Throws when it is none. */
export function apiBase(text: string): URL {
  const url = new URL(text.replace(/\/*$/, '/'));
  // "alertmanager:9093" is a URL too, of the scheme "alertmanager".
  if (!/^https?:$/.test(url.protocol)) throw new Error(`${text} is not an http(s) URL`);
  return url;
}

export function apiUrl(base: URL, path: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** Without user and password of the URL: what is said of it is shown to people. */
export function sayBase(base: URL): string {
  return `${base.origin}${base.pathname}`;
}
