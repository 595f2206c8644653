import { openWindow } from '../../webhook/decision/blocked-windows';
import type { BlockedWindow } from '../../webhook/model/pool';

const window = (overrides: Partial<BlockedWindow>): BlockedWindow => ({
  days: ['mon'],
  from: '08:00',
  to: '18:00',
  timeZone: 'UTC',
  ...overrides,
});

/** 5 January 2026 is a Monday. */
const at = (day: number, time: string) => Date.parse(`2026-01-0${day}T${time}Z`);
const night = window({ from: '22:00', to: '06:00' });
const berlin = window({ timeZone: 'Europe/Berlin' });

it.each<[string, BlockedWindow, number, boolean]>([
  ['it begins', window({}), at(5, '08:00:00'), true],
  ['a moment before', window({}), at(5, '07:59:59.999'), false],
  ['its last moment', window({}), at(5, '17:59:59.999'), true],
  ['it ends', window({}), at(5, '18:00:00'), false],
  ['another day', window({}), at(6, '12:00:00'), false],
  ['a whole day, its end', window({ from: '00:00', to: '24:00' }), at(5, '23:59:59'), true],
  ['a night, in the evening', night, at(5, '22:00:00'), true],
  ['a night, on the morning after', night, at(6, '05:59:00'), true],
  ['a night, on the morning before', night, at(5, '05:00:00'), false],
  ['a night, over', night, at(6, '06:00:00'), false],
  ['in winter Berlin is an hour ahead', berlin, at(5, '07:00:00'), true],
  ['and ends an hour earlier', berlin, at(5, '17:00:00'), false],
  ['in summer it is two', berlin, Date.parse('2026-07-06T06:00:00Z'), true],
])('%s', (_name, it, now, open) => {
  expect(openWindow([it], now)).toBe(open ? it : null);
});
