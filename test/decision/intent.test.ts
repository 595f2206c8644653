import { belowMinimum, intentsOf, upAlertsOf, withMinimum } from '../../webhook/decision/intent';
import type { ScalingAlert } from '../../webhook/model/alert';
import { KEY, NOW, SECOND, aDownAlert, aSilence, anAlert, anIntent, signals, total } from '../support/builders';

const sources = (alerts: readonly ScalingAlert[], overrides: Parameters<typeof signals>[1] = {}) =>
  intentsOf(signals(alerts, overrides), KEY).map((intent) => intent.source);

describe('whose alerts speak', () => {
  it.each<[string, Partial<ScalingAlert>]>([
    ['of another pool', { pool: 'batch' }],
    ['of another cluster', { cluster: 'other' }],
    ['in shadow mode', { shadow: true }],
    ['inhibited', { inhibited: true }],
    ['never posted to us', { heardAt: null, firstHeardAt: null }],
  ])('is silent: an alert %s', (_name, overrides) => {
    expect(sources([anAlert('HighCpu', overrides)])).toEqual([]);
    expect(sources([aDownAlert('Idle', overrides)])).toEqual([]);
  });

  it('is silent: an order to replace a node, silenced or not', () => {
    expect(sources([anAlert('Spot', { scale: 'replace', node: 'i-1' })])).toEqual([]);
    expect(sources([anAlert('Spot', { scale: 'replace', node: 'i-1', silence: aSilence() })])).toEqual([]);
  });

  it('speaks as posted while no Alertmanager answers', () => {
    expect(sources([anAlert('HighCpu')], { alertmanagerSilent: true })).toEqual(['HighCpu']);
  });

  it('reports what fires under a silence, heard or not, when nothing else speaks', () => {
    const silenced = anAlert('HighCpu', { silence: aSilence(), heardAt: null, firstHeardAt: null });
    expect(intentsOf(signals([silenced]), KEY)).toMatchObject([{ source: 'HighCpu', silence: { id: 'silence-1' } }]);
    expect(sources([silenced, anAlert('HighMemory')])).toEqual(['HighMemory']);
    expect(sources([silenced, aDownAlert('Idle')])).toEqual(['Idle']);
  });

  it('does not trust what it never heard while no Alertmanager answers, silenced or not', () => {
    const silenced = anAlert('HighCpu', { silence: aSilence(), heardAt: null, firstHeardAt: null });
    expect(sources([silenced], { alertmanagerSilent: true })).toEqual([]);
  });

  it('reports a silenced up alert before a silenced down alert', () => {
    const silence = aSilence();
    expect(sources([aDownAlert('Idle', { silence, wish: total(9) }), anAlert('HighCpu', { silence })])).toEqual([
      'HighCpu',
    ]);
  });
});

describe('the order of intents', () => {
  it('tries up alerts by their wish: the largest total, then steps, then what cannot be read', () => {
    const alerts = [
      anAlert('unreadable', { wish: { kind: 'invalid', text: '' } }),
      anAlert('step', { wish: { kind: 'step' } }),
      anAlert('none', { wish: total(0) }),
      anAlert('small', { wish: total(3) }),
      anAlert('large', { wish: total(5) }),
    ];
    expect(sources(alerts)).toEqual(['large', 'small', 'none', 'step', 'unreadable']);
  });

  it('puts the urgent one first among equals, then goes by name', () => {
    const alerts = [anAlert('c'), anAlert('b'), anAlert('a'), anAlert('urgent', { urgent: true })];
    expect(sources(alerts)).toEqual(['urgent', 'a', 'b', 'c']);
  });

  it('hears no down alert while an up alert speaks', () => {
    expect(sources([aDownAlert('Idle', { wish: total(9) }), anAlert('HighCpu', { wish: total(1) })])).toEqual([
      'HighCpu',
    ]);
  });

  it('puts the down alert first that cannot be read, then the one that gives back least by its total', () => {
    const alerts = [
      aDownAlert('some', { wish: total(3) }),
      aDownAlert('least', { wish: total(5) }),
      aDownAlert('unreadable', { wish: { kind: 'invalid', text: '' } }),
    ];
    expect(sources(alerts)).toEqual(['unreadable', 'least', 'some']);
  });

  it('tries the minimum before what asks for less, and after what asks for as much or more', () => {
    const minimum = belowMinimum(3, NOW);
    const asked = [
      anIntent({ source: 'large', wish: total(5) }),
      anIntent({ source: 'same', wish: total(3) }),
      anIntent({ source: 'small', wish: total(2) }),
      anIntent({ source: 'step', wish: { kind: 'step' } }),
    ];
    expect(withMinimum(asked, minimum).map((it) => it.source)).toEqual([
      'large',
      'same',
      'below-minimum',
      'small',
      'step',
    ]);
  });

  it('tries the minimum before what only shrinks', () => {
    const down = anIntent({ direction: 'down', source: 'Idle', wish: total(9) });
    expect(withMinimum([down], belowMinimum(3, NOW)).map((it) => it.source)).toEqual(['below-minimum', 'Idle']);
  });
});

describe('an intent', () => {
  it('carries what the alert says', () => {
    const alert = anAlert('UnschedulablePods', { wish: total(4), urgent: true, forPods: true });
    expect(intentsOf(signals([alert]), KEY)).toEqual([
      anIntent({ source: 'UnschedulablePods', wish: total(4), urgent: true, forPods: true }),
    ]);
  });

  it('was heard when the present firing was first posted', () => {
    const alert = anAlert('HighCpu', { firstHeardAt: NOW - 90 * SECOND, heardAt: NOW - SECOND });
    expect(intentsOf(signals([alert]), KEY)[0]?.heardAt).toBe(NOW - 90 * SECOND);
    expect(intentsOf(signals([{ ...alert, firstHeardAt: null }]), KEY)[0]?.heardAt).toBe(NOW - SECOND);
  });

  it('of the minimum is urgent, for no pods, and cannot be silenced', () => {
    expect(belowMinimum(2, NOW)).toEqual({
      direction: 'up',
      source: 'below-minimum',
      wish: total(2),
      urgent: true,
      forPods: false,
      heardAt: NOW,
      silence: null,
    });
  });
});

describe('the up alerts that forbid shrinking', () => {
  it('are those that are active, heard or not', () => {
    const alerts = [anAlert('heard'), anAlert('unheard', { heardAt: null }), aDownAlert('Idle')];
    expect(upAlertsOf(signals(alerts), KEY).map(({ name }) => name)).toEqual(['heard', 'unheard']);
  });

  it.each<[string, Partial<ScalingAlert>]>([
    ['silenced', { silence: aSilence() }],
    ['inhibited', { inhibited: true }],
    ['in shadow mode', { shadow: true }],
    ['of another pool', { pool: 'batch' }],
    ['of another cluster', { cluster: 'other' }],
  ])('are not those that are %s', (_name, overrides) => {
    expect(upAlertsOf(signals([anAlert('HighCpu', overrides)]), KEY)).toEqual([]);
  });
});
