import type { Ec2Error } from '../ec2-error';
import type { Answer } from './answer';

/** A request that was read and waits for the gate's word. */
export interface Call {
  readonly action: string;
  readonly params: Readonly<Record<string, unknown>>;
  answer(): Answer;
  /** The error as the protocol words it. */
  failed(error: Ec2Error): Answer;
}
