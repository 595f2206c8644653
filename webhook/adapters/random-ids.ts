import { randomBytes } from 'node:crypto';
import type { Clock, Ids } from '../ports';

/** Nine digits of time in base 36 reach beyond the year 5000; twelve of chance, about 62 bits. */
const TIME_DIGITS = 9;
const CHANCE_DIGITS = 12;

/** Ids that sort by time and that two replicas never share. */
export function randomIds(clock: Clock): Ids {
  return {
    next: () => {
      const chance = BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36);
      return (
        clock.now().toString(36).padStart(TIME_DIGITS, '0') + chance.padStart(CHANCE_DIGITS, '0').slice(-CHANCE_DIGITS)
      );
    },
  };
}
