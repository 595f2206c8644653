import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of test/fixtures/ec2. */
export interface RecordedExchange {
  /** The form body that the SDK sent. */
  readonly request: string;
  readonly status: number;
  readonly xml: string;
}

export function recordedExchange(name: string): RecordedExchange {
  const text = readFileSync(join(__dirname, '../../fixtures/ec2', `${name}.txt`), 'utf8');
  const [request = '', head = '', ...xml] = text.split('\n\n');
  const body = request.split('\n').at(-1) ?? '';
  return { request: body, status: Number(head.split(' ')[1]), xml: xml.join('\n\n').trim() };
}
