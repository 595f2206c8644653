import { Sharing } from '../../../webhook/adapters/kubernetes/sharing';

const podOf = (name: string, app = 'web') => ({
  name,
  namespace: ['sh', 'op'].join(''),
  labels: { app },
  tolerations: [{ key: 'a', operator: 'Exists' }],
  node: null,
  createdAt: 5,
});
const ALONE = new Set(['name']);

it('gives equal parts of different records the same object, and changes nothing of what they say', () => {
  const sharing = new Sharing();
  const [a, b] = [sharing.shared(podOf('a'), ALONE), sharing.shared(podOf('b'), ALONE)];
  expect(a).toEqual(podOf('a'));
  expect(b).toEqual(podOf('b'));
  expect(b.labels).toBe(a.labels);
  expect(b.tolerations).toBe(a.tolerations);
});

it('keeps apart what differs, be it in the order of a list', () => {
  const sharing = new Sharing();
  const listed = [['x', 'y'], ['y', 'x'], ['x,y'], { x: 'y' }].map((list) => sharing.shared({ list }, ALONE).list);
  expect(listed).toEqual([['x', 'y'], ['y', 'x'], ['x,y'], { x: 'y' }]);
  expect(new Set(listed).size).toBe(4);
});
