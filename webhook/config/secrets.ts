import { readFileSync, statSync } from 'node:fs';

export type SecretSource = { readonly env: string } | { readonly file: string };

/** Reads one secret; file secrets are read again when the file changes, so that a token can be rotated without a restart. */
export type SecretReader = () => string;

/** Throws an Error that says what is missing; the secret itself is in no message. */
export function secretReader(source: SecretSource, environment: NodeJS.ProcessEnv): SecretReader {
  return 'env' in source ? fromEnvironment(source.env, environment) : fromFile(source.file);
}

function fromEnvironment(name: string, environment: NodeJS.ProcessEnv): SecretReader {
  const value = environment[name]?.trim();
  if (!value) throw new Error(`environment variable ${name} is not set or empty`);
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
  const stamp = stampOf(path);
  const value = readFileSync(path, 'utf8').trim();
  if (value === '') throw new Error(`secret file ${path} is empty`);
  return { value, stamp };
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs}/${size}/${ino}`;
}
