import { ConfigError, parseConfig, type ServiceConfig } from '../../../webhook/config';
import { isOneLine } from '../../../webhook/model/one-line';
import { measured } from '../../support/measured';

/** Milliseconds of CPU; the slowest file that is refused takes a tenth of it. */
const MOST = 5000;

/** Reads a configuration as the start of the service does, and checks everything that holds whatever it is. */
export function readingOf(
  text: string,
  environment: Readonly<Record<string, string>>,
  secrets: readonly string[],
): ServiceConfig | ConfigError {
  const { value: result, cpuMs } = measured(() => attempt(text, environment));
  if (cpuMs > MOST) throw new Error(`it cost ${Math.round(cpuMs)} ms`);
  if (result instanceof ConfigError) checkError(result, secrets);
  else checkConfig(result);
  return result;
}

function attempt(text: string, environment: Readonly<Record<string, string>>): ServiceConfig | ConfigError {
  try {
    return parseConfig(text, 'test.yaml', environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function checkError({ problems, message }: ConfigError, secrets: readonly string[]): void {
  if (problems.length === 0 || problems.length > 100) throw new Error(`${problems.length} problems`);
  for (const problem of problems) checkProblem(problem);
  const told = secrets.filter((secret) => message.includes(secret));
  if (told.length > 0) throw new Error(`a secret in the message: ${message}`);
}

/** Where it is, and what must be there. */
function checkProblem(problem: string): void {
  if (!isOneLine(problem) || problem.length > 1000) throw new Error(`no short line: ${JSON.stringify(problem)}`);
  const place = /^line \d+: |^the file must not be larger/;
  if (!place.test(problem)) throw new Error(`it does not say where: ${problem}`);
}

function checkConfig(config: ServiceConfig): void {
  checkFrozen(config);
  for (const [name, { pools, tokens, operatorTokens }] of Object.entries(config.clusters)) {
    expect(name).toMatch(/^[a-z0-9-]{1,63}$/);
    for (const read of [...tokens, ...operatorTokens]) expect(read()).toMatch(/^[\x21-\x7e]+$/);
    expect(config.mode === 'local' || tokens.length * operatorTokens.length > 0).toBe(true);
    for (const { min, max, cooldown, deadline } of Object.values(pools)) {
      expect(Number.isInteger(min) && Number.isInteger(max) && 0 <= min && min <= max && max <= 1000).toBe(true);
      const lengths: readonly number[] = [cooldown, deadline, config.timings].flatMap((it) =>
        Object.values<number>({ ...it }),
      );
      expect(lengths.every((ms) => Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31)).toBe(true);
    }
  }
}

function checkFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Object.isFrozen(value)) throw new Error('it can be changed');
  Object.values(value).forEach(checkFrozen);
}
