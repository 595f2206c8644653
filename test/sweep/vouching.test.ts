import type { Instance, Node } from '../../webhook/model/observation';
import { vouch, witnesses } from '../../webhook/sweep/vouching';
import { MINUTE, NOW, aNode, anInstance, observation } from '../support/builders';

function voucher(nodes: readonly Node[], known: readonly Instance[]) {
  return vouch(observation({ nodes }), new Map(known.map((it) => [it.id, it])));
}

describe('EC2', () => {
  it('is believed when it knows every Ready node and shows one of them alive', () => {
    const nodes = [aNode('i-1'), aNode('i-2')];
    const ended = anInstance('i-2', { state: 'terminated' });
    expect(voucher(nodes, [anInstance('i-1'), ended])).toEqual({ kind: 'vouched' });
    expect(voucher(nodes, [ended, anInstance('i-1', { state: 'stopping' })])).toEqual({ kind: 'vouched' });
  });

  it('is contradicted by each Ready node that it does not know', () => {
    const nodes = [aNode('i-1'), aNode('i-2'), aNode('i-3')];
    expect(voucher(nodes, [anInstance('i-2')])).toEqual({ kind: 'contradicted', unknown: [nodes[0], nodes[2]] });
  });

  it.each([
    ['of the control plane', { controlPlane: true, pool: null }],
    ['of no pool', { pool: null }],
    ['of a pool that is not configured', { pool: 'other' }],
    ['cordoned', { cordoned: true }],
  ])('is confirmed and contradicted by a node that is %s as well', (_what, overrides) => {
    const node = aNode('i-1', overrides);
    expect(voucher([node], [anInstance('i-1')])).toEqual({ kind: 'vouched' });
    expect(voucher([node], [])).toEqual({ kind: 'contradicted', unknown: [node] });
  });

  it.each<[string, readonly Node[], readonly Instance[]]>([
    ['there is no node', [], [anInstance('i-1')]],
    ['no node is Ready', [aNode('i-1', { ready: false })], [anInstance('i-1')]],
    ['no node is on an instance', [aNode('server-1', { instanceId: null })], [anInstance('i-1')]],
    ['all of them have just ended', [aNode('i-1')], [anInstance('i-1', { state: 'shutting-down' })]],
  ])('is neither while %s', (_why, nodes, known) => {
    expect(voucher(nodes, known)).toEqual({ kind: 'unproven' });
  });

  it('need not know yet what has joined within the last minute', () => {
    const young = aNode('i-2', { createdAt: NOW - MINUTE + 1 });
    expect(voucher([aNode('i-1'), young], [anInstance('i-1')])).toEqual({ kind: 'vouched' });
    expect(voucher([young], [])).toEqual({ kind: 'unproven' });
    expect(witnesses(observation({ nodes: [young, aNode('i-1')] })).map(({ name }) => name)).toEqual(['i-1']);
  });
});
