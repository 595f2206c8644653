import pino from 'pino';
import { concealing, scrub } from './scrub';

/** One line per thing that happened, past tense, ids as fields: `log.info({ cluster, pool }, 'launched instances')`. */
export type Logger = pino.Logger;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerSettings {
  readonly level: LogLevel;
  /** On every line. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What must be in no line, wherever it came from; asked at each line, because secrets are rotated. */
  readonly secrets?: () => readonly string[];
  /** Takes whole lines; standard output if absent. */
  readonly destination?: { write(line: string): void };
}

/** Fields that hold secrets wherever they appear, one level down too. */
const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'tokens', 'operatorTokens', 'password', 'secret'];
const MAX_CAUSES = 4;

/**
 * JSON lines. Secrets are kept out four times: by field name, by what is taken of an error, and in the finished line by
 * their form and by their value.
 */
export function makeLogger({ level, fields = {}, secrets = () => [], destination }: LoggerSettings): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: { err: errorAsData, error: errorAsData },
    hooks: { streamWrite: (line) => escaped(concealing(scrub(line), secrets())) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** JSON leaves these as they are: escape sequences of eight bits, separators of lines, and marks that turn text around. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

function escaped(line: string): string {
  return line.replace(UNESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
