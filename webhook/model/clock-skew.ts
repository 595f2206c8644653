/**
 * How far the clocks of two replicas may differ, and how far ahead of our own clock a stamp may lie and still be believed.
 * What lies farther ahead was written before a clock was set back: taken at its word, an operation would have an owner, or
 * wait, for as long as that clock was wrong. Milliseconds. Protocol, not scaled: NTP keeps clocks within a second.
 */
export const CLOCK_SKEW = 60_000;
