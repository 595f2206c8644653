import pino from 'pino';
import { scrub } from './scrub';

/** One line per thing that happened, past tense, ids as fields: `log.info({ cluster, pool }, 'launched instances')`. */
export type Logger = pino.Logger;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerSettings {
  readonly level: LogLevel;
  /** On every line. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Takes whole lines; standard output if absent. */
  readonly destination?: { write(line: string): void };
}

/** Fields that hold secrets wherever they appear, one level down too. */
const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'tokens', 'operatorTokens', 'password', 'secret'];
const MAX_CAUSES = 4;

/** JSON lines. Secrets are kept out three times: by field name, by what is taken of an error, and in the finished line. */
export function makeLogger({ level, fields = {}, destination }: LoggerSettings): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: { err: errorAsData, error: errorAsData },
    hooks: { streamWrite: scrub },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Not pino's own serialiser: it copies every field, and SDK errors carry requests with their headers. */
function errorAsData(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return String(thrown);
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  return {
    type: thrown.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: thrown.message,
    ...(depth === 0 ? { stack: thrown.stack } : {}),
    ...(thrown.cause !== undefined && depth < MAX_CAUSES ? { cause: errorAsData(thrown.cause, depth + 1) } : {}),
  };
}
