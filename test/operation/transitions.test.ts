import {
  SCALE_DOWN_PHASES,
  SCALE_UP_PHASES,
  isClosed,
  type ScaleDownPhase,
  type ScaleUpPhase,
} from '../../webhook/model/operation';
import { SCALE_DOWN_TABLE, SCALE_UP_TABLE, enterDown, enterUp } from '../../webhook/operation/transitions';
import { NOW, aDrain, aScaleUp } from '../support/builders';

/** The arrows of the architecture, written out once more: the table in the code must have these and no others. */
const UP_ARROWS: readonly (readonly [ScaleUpPhase, ScaleUpPhase])[] = [
  ['accepted', 'launching'],
  ['accepted', 'rolled-back'],
  ['launching', 'joining'],
  ['launching', 'rolling-back'],
  ['launching', 'rolled-back'],
  ['joining', 'done'],
  ['joining', 'rolling-back'],
  ['rolling-back', 'rolled-back'],
];

const DOWN_ARROWS: readonly (readonly [ScaleDownPhase, ScaleDownPhase])[] = [
  ['accepted', 'cordoned'],
  ['accepted', 'rolling-back'],
  ['cordoned', 'draining'],
  ['cordoned', 'rolling-back'],
  ['draining', 'terminating'],
  ['draining', 'rolling-back'],
  ['terminating', 'done'],
  ['rolling-back', 'rolled-back'],
];

function everyPair<P>(phases: readonly P[]): [P, P][] {
  return phases.flatMap((from) => phases.map((to): [P, P] => [from, to]));
}

function isListed<P>(arrows: readonly (readonly [P, P])[], from: P, to: P): boolean {
  return arrows.some(([a, b]) => a === from && b === to);
}

describe('the scale-up machine', () => {
  it.each(everyPair(SCALE_UP_PHASES))('from %s to %s', (from, to) => {
    const move = () => enterUp(aScaleUp('up', { phase: from }), to, NOW);
    if (isListed(UP_ARROWS, from, to)) expect(move()).toMatchObject({ phase: to, phaseAt: NOW });
    else expect(move).toThrow(`no way from ${from} to ${to}`);
  });

  it('tells of every arrow when it is taken', () => {
    const arrows = Object.entries(SCALE_UP_TABLE).flatMap(([from, { exits }]) => exits.map(({ to }) => [from, to]));
    expect(arrows).toEqual(UP_ARROWS);
    expect(Object.values(SCALE_UP_TABLE).flatMap(({ exits }) => exits.filter(({ when }) => when === ''))).toEqual([]);
  });
});

describe('the scale-down machine', () => {
  it.each(everyPair(SCALE_DOWN_PHASES))('from %s to %s', (from, to) => {
    const move = () => enterDown(aDrain('down', 'i-1', { phase: from }), to, NOW, NOW + 1);
    if (isListed(DOWN_ARROWS, from, to)) expect(move()).toMatchObject({ phase: to, phaseAt: NOW, deadline: NOW + 1 });
    else expect(move).toThrow(`no way from ${from} to ${to}`);
  });

  it('tells of every arrow when it is taken', () => {
    const arrows = Object.entries(SCALE_DOWN_TABLE).flatMap(([from, { exits }]) => exits.map(({ to }) => [from, to]));
    expect(arrows).toEqual(DOWN_ARROWS);
    expect(Object.values(SCALE_DOWN_TABLE).flatMap(({ exits }) => exits.filter(({ when }) => when === ''))).toEqual([]);
  });
});

describe('both machines', () => {
  it('end exactly where an operation counts as closed', () => {
    const ends = [
      ...SCALE_UP_PHASES.filter((phase) => SCALE_UP_TABLE[phase].exits.length === 0),
      ...SCALE_DOWN_PHASES.filter((phase) => SCALE_DOWN_TABLE[phase].exits.length === 0),
    ];
    expect(ends).toEqual(['done', 'rolled-back', 'done', 'rolled-back']);
    for (const phase of SCALE_UP_PHASES) {
      expect(isClosed(aScaleUp('up', { phase }))).toBe(SCALE_UP_TABLE[phase].exits.length === 0);
    }
    for (const phase of SCALE_DOWN_PHASES) {
      expect(isClosed(aDrain('down', 'i-1', { phase }))).toBe(SCALE_DOWN_TABLE[phase].exits.length === 0);
    }
  });
});
