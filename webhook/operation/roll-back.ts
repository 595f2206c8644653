import type { ScaleUp } from '../model/operation';
import { enterUp } from './transitions';

export function rollBack(operation: ScaleUp, reason: string, now: number, detail?: string): ScaleUp {
  return { ...enterUp(operation, 'rolling-back', now), reason, ...(detail === undefined ? {} : { detail }) };
}
