/** Times of the week in which no node is given back, by the clock on the wall there. Pure. */
import { DAYS, type BlockedWindow, type Day } from '../model/pool';

/** The first that is open at this moment. */
export function openWindow(windows: readonly BlockedWindow[], now: number): BlockedWindow | null {
  return windows.find((window) => isOpen(window, now)) ?? null;
}

export function sayWindow({ days, from, to, timeZone }: BlockedWindow): string {
  return `${days.length === DAYS.length ? 'daily' : days.join(', ')} from ${from} to ${to} ${timeZone}`;
}

/** One that ends before it begins ends on the next day: the morning belongs to the day before. */
function isOpen({ days, from, to, timeZone }: BlockedWindow, now: number): boolean {
  const { day, time } = wallClock(now, timeZone);
  if (from < to) return days.includes(day) && from <= time && time < to;
  return (days.includes(day) && time >= from) || (days.includes(dayBefore(day)) && time < to);
}

function wallClock(now: number, timeZone: string): { day: Day; time: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(new Date(now)).map(({ type, value }) => [type, value]));
  const weekday = parts.get('weekday')?.toLowerCase();
  const day = DAYS.find((it) => it === weekday) ?? 'mon';
  return { day, time: `${parts.get('hour')}:${parts.get('minute')}` };
}

function dayBefore(day: Day): Day {
  return DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? day;
}
