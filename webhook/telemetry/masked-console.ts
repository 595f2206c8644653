import { scrub } from './scrub';

/** Characters that are kept, of the end: EC2 has no more, and a row of the table may have six times as many bytes. */
const LONGEST = 65_536;

/** Each with what stands in its place. What begins them is always a fixed text, so that no input makes them slow. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g, '[redacted private key]'],
  // Tokens of K3s: with the hash of its authority, and those that kubeadm knows too.
  [/\bK10[0-9a-f]{16,}(?:::\S+)?/gi, '[redacted]'],
  [/(?<![a-z0-9.])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9.])/g, '[redacted]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[redacted]'],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[redacted]'],
  // token=..., "SecretAccessKey" : "...", --password ..., K3S_TOKEN: ...
  [
    /((?:pass(?:word|wd|phrase)|secret(?:_?access_?key)?|token|api_?key)["']?(?:[ \t]*[=:][ \t]*|[ \t]+(?=["']?[^\s"']*\d)))(?:"[^"\n]*"|'[^'\n]*'|[^\s"',;]+)/gi,
    '$1[redacted]',
  ],
];

/** What a console showed as people may see and the store may keep it: the end of it, secrets and what a terminal obeys taken out. */
export function maskedConsole(text: string): string {
  const masked = SECRETS.reduce((line, [secret, instead]) => line.replace(secret, instead), scrub(text));
  return masked.replace(/\r\n?/g, '\n').replace(HARMFUL, '').slice(-LONGEST);
}

/** Colours and the like begin with one of them. */
// eslint-disable-next-line no-control-regex -- these are the characters that a terminal obeys
const HARMFUL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
