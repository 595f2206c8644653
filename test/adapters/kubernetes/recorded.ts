import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The response of a recorded exchange with a real API server. */
export function recorded(name: string): Recorded {
  const file = join(__dirname, '../../fixtures/kubernetes-adapter', `${name}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { response: Recorded }).response;
}
