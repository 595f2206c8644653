import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { section, text } from './fields';

/** Reads one secret; a file is read again when it changes, so that a token can be rotated without a restart. */
export type SecretReader = () => string;

export type Environment = Readonly<Record<string, string | undefined>>;

const WHERE = 'must say where the secret is, {env: NAME} or {file: /path}; it is never written here';

/** A key of the configuration that names a secret. Output is its reader; one that cannot be read now is a mistake. */
export function secret(environment: Environment) {
  return section({ env: text().exactOptional(), file: text().exactOptional() }, WHERE).transform((source, context) => {
    try {
      return secretReader(source, environment);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : WHERE });
      return z.NEVER;
    }
  });
}

interface SecretSource {
  readonly env?: string;
  readonly file?: string;
}

/** Throws an Error that says what is missing; the secret itself is in no message. */
function secretReader({ env, file }: SecretSource, environment: Environment): SecretReader {
  if (env !== undefined && file === undefined) return fromEnvironment(env, environment);
  if (file !== undefined && env === undefined) return fromFile(file);
  throw new Error(WHERE);
}

/** A name is shown if it looks like one: whoever writes the secret in its place must not find it in a log. */
const shownVariable = (name: string) => (/^[A-Z_][A-Z0-9_]{0,99}$/.test(name) ? name : 'of that name');
const shownFile = (path: string) => (/^\.{0,2}\/[\w./@-]{1,200}$/.test(path) ? path : 'of that name');

function fromEnvironment(name: string, environment: Environment): SecretReader {
  const given = Object.hasOwn(environment, name) ? environment[name] : undefined;
  const value = checked(given, `environment variable ${shownVariable(name)}`);
  return () => value;
}

function fromFile(path: string): SecretReader {
  let read = readSecret(path);
  return () => {
    read = refreshed(path, read);
    return read.value;
  };
}

interface ReadSecret {
  readonly value: string;
  readonly stamp: string;
}

/** A file that vanishes for a moment while it is replaced leaves the last known secret valid. */
function refreshed(path: string, before: ReadSecret): ReadSecret {
  try {
    return stampOf(path) === before.stamp ? before : readSecret(path);
  } catch {
    return before;
  }
}

function readSecret(path: string): ReadSecret {
  const { stamp, content } = stamped(path);
  return { value: checked(content, `file ${shownFile(path)}`), stamp };
}

/** The stamp is taken first: a change between the two is found at the next look. */
function stamped(path: string): { readonly stamp: string; readonly content: string } {
  try {
    return { stamp: stampOf(path), content: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new Error(`file ${shownFile(path)} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs}/${size}/${ino}`;
}

/** A token travels in one HTTP header. */
function checked(value: string | undefined, source: string): string {
  const secretText = value?.trim();
  if (!secretText) throw new Error(`${source} is not set or empty`);
  if (!/^[\x21-\x7e]+$/.test(secretText)) throw new Error(`${source} holds more than one word of plain characters`);
  return secretText;
}
