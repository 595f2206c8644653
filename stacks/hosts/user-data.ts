/** A script with its settings: `export NAME='value'` lines under its first line. */
import { literal } from '../literal';

/** EC2's limit, before it is encoded. */
export const MOST_BYTES = 16_384;
/** What stands for a region that is only known to Terraform. */
const LONGEST_REGION = 'x'.repeat(20);

export type Settings = Readonly<Record<string, string>>;

/** The script as Terraform text: what it would take for an interpolation is escaped; that of the settings is meant. */
export function userData(script: string, settings: Settings): string {
  const [interpreter = '', ...body] = script.split('\n');
  return [interpreter, ...header(settings), literal(body.join('\n'))].join('\n');
}

/** Bytes that a machine gets, at most. */
export function sizeOf(script: string, settings: Settings): number {
  const longest = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value.replaceAll(/\$\{[^}]*\}/g, LONGEST_REGION)]),
  );
  return Buffer.byteLength(`${script}\n${header(longest).join('\n')}`);
}

function header(settings: Settings): readonly string[] {
  return Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`);
}
