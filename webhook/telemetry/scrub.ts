const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi;
const USER_INFO = /:\/\/[^\s"\\/@]+@/g;

/** Takes out what looks like a credential: what follows `Bearer` or `Basic`, and user and password of a URL. */
export function scrub(text: string): string {
  return text.replace(BEARER, '$1 [redacted]').replace(USER_INFO, '://[redacted]@');
}
