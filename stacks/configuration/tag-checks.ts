/** Tags that every service takes which gets them, and that people's tags and ours do not fight over. */
import { TAGS } from '../../webhook/model/names';
import { COST_TAGS } from '../tags';
import type { Mistake } from './mistake';

const NAME =
  'must be a name of 1 to 128 letters, digits and + - = . _ : @, which is what machines can read and IAM takes, and none of . .. _index';
const VALUE = 'must be at most 256 letters, digits, spaces and + - = . _ : / @';
const OURS: readonly string[] = [...Object.values(COST_TAGS), 'Name'];
/** Of AWS; the webhook adds its own to what it launches. */
const MOST = 50 - OURS.length - Object.keys(TAGS).length;

export function tagChecks(tags: Readonly<Record<string, string>>): readonly Mistake[] {
  const names = Object.keys(tags);
  const own = Object.entries(tags).flatMap(([name, value], i) => {
    const message = nameMistake(name, names.slice(0, i)) ?? valueMistake(value);
    return message === null ? [] : [{ path: ['tags', name], message }];
  });
  if (names.length <= MOST) return own;
  return [...own, { path: ['tags'], message: `must be at most ${MOST}, so that ours find room, not ${names.length}` }];
}

function nameMistake(name: string, earlier: readonly string[]): string | null {
  if (!/^[\w+\-=.:@]{1,128}$/.test(name) || /^(_index|\.{1,2})$/.test(name)) return NAME;
  if (/^(aws|smartscale):/i.test(name)) return 'must not begin with aws: or smartscale:, which are not for people';
  // IAM takes names that differ in capitals alone for the same.
  const same = (it: string) => it.toLowerCase() === name.toLowerCase();
  if (OURS.some(same)) return `must be another name: ${OURS.join(', ')} are set by the stacks`;
  const other = earlier.find(same);
  return other === undefined ? null : `must differ from ${other} in more than capitals`;
}

function valueMistake(value: string): string | null {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value) ? null : `${VALUE}, not ${JSON.stringify(value)}`;
}
