import type { History } from '../support/history';

export type Mend = () => void;

/** Goes wrong, and says how it is mended; null when there is nothing to mend. */
export type Trouble = (history: History) => Mend | null;
