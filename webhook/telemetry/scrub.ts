/** Also as a path writes it, with %20 for the space. */
const BEARER = /(?<![a-z])(Bearer|Basic)(?:\s|%20)+[A-Za-z0-9._~+/=-]{4,}/gi;
/** Up to the last @: a password may hold one. */
const USER_INFO = /\/\/[^\s"\\/]+@/g;

/** Takes out what looks like a credential: what follows `Bearer` or `Basic`, and user and password of a URL. */
export function scrub(text: string): string {
  return text.replace(BEARER, '$1 [redacted]').replace(USER_INFO, '//[redacted]@');
}

/** Shorter ones occur by chance, and only local mode allows them. */
const SHORTEST = 8;

/** Takes out these secrets as JSON writes them. */
export function concealing(line: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST)
    .reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '[redacted]'), line);
}
