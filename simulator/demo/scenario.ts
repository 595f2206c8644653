import type { PoolOverrides } from '../stage/webhook-config';
import type { Stage } from '../stage/stage';
import type { LogLine } from '../stage/webhook-process';
import type { DemoOptions } from './options';
import type { Paint } from './paint';

export interface PlayInput {
  readonly stage: Stage;
  readonly options: DemoOptions;
  /** Where the webhook's log lines arrive; taken out as they are told. */
  readonly lines: LogLine[];
  readonly paint: Paint;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Something to watch: its pools, and what happens to them. */
export interface Scenario {
  readonly pools: Readonly<Record<string, PoolOverrides>>;
  /** Plays it, tells it, and answers whether what had to be done was done. */
  readonly play: (input: PlayInput) => Promise<boolean>;
}
