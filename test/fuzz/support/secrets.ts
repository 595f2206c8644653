import { tokenOf } from '../../scenarios/support/configuration';

/** What must be in no line of the log, whoever sends it and wherever it stands. */
export const SECRETS = {
  token: tokenOf('shop'),
  tokenOfAnother: tokenOf('bank'),
  password: 'pass-word-of-an-address',
  mistypedToken: 'a-token-that-somebody-mistyped',
} as const;

export const WITH_SECRETS = [
  `Bearer ${SECRETS.token}`,
  `Authorization: Bearer ${SECRETS.mistypedToken}`,
  `bearer  ${SECRETS.mistypedToken}`,
  `Basic ${Buffer.from(`ann:${SECRETS.password}`).toString('base64')}`,
  `http://ann:${SECRETS.password}@alertmanager:9093/alerts`,
  `https://ann:p@${SECRETS.password}@alertmanager`,
  `//ann:${SECRETS.password}@alertmanager`,
  SECRETS.token,
  `x${SECRETS.tokenOfAnother}x`,
] as const;

/** The secrets, in the clear or in base64, that a text holds. */
export function secretsIn(text: string): readonly string[] {
  return Object.values(SECRETS)
    .flatMap((secret) => [secret, Buffer.from(`ann:${secret}`).toString('base64')])
    .filter((secret) => text.includes(secret));
}
