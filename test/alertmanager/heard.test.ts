import { Heard } from '../../webhook/alertmanager/heard';
import { readAlert } from './posted';

const HEARD_FOR = 160_000;

function makeHeard(most?: number): Heard {
  return new Heard(HEARD_FOR, most);
}

test('what was posted stands, with the post itself', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  expect(heard.find('f00d', 10)).toEqual({ alert: readAlert(), firstAt: 10, lastAt: 10 });
  expect(heard.find('beef', 10)).toBeNull();
});

test('a post stands to the last millisecond of its time and not longer', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  expect(heard.find('f00d', 10 + HEARD_FOR)).not.toBeNull();
  expect(heard.all(10 + HEARD_FOR)).toHaveLength(1);
  expect(heard.find('f00d', 11 + HEARD_FOR)).toBeNull();
  expect(heard.all(11 + HEARD_FOR)).toEqual([]);
});

test('a repeat renews the post, keeps the first time and takes the newer text', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  heard.remember(readAlert({ annotations: { nodes: '9' } }), 120_010);
  expect(heard.find('f00d', 120_010)).toEqual({
    alert: readAlert({ annotations: { nodes: '9' } }),
    firstAt: 10,
    lastAt: 120_010,
  });
});

test('a post after a silence longer than its time is heard first again', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  heard.remember(readAlert(), 11 + HEARD_FOR);
  expect(heard.find('f00d', 11 + HEARD_FOR)?.firstAt).toBe(11 + HEARD_FOR);
});

test('a later start is a new firing, an earlier one is not', () => {
  const heard = makeHeard();
  heard.remember(readAlert({ startsAt: 1_000 }), 10);
  heard.remember(readAlert({ startsAt: 500 }), 20);
  expect(heard.find('f00d', 20)?.firstAt).toBe(10);
  heard.remember(readAlert({ startsAt: 2_000 }), 30);
  expect(heard.find('f00d', 30)?.firstAt).toBe(30);
});

test('a resolved one is forgotten', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  heard.forget(readAlert());
  expect(heard.all(10)).toEqual([]);
});

test('a resolved of an earlier firing that comes late undoes nothing', () => {
  const heard = makeHeard();
  heard.remember(readAlert({ startsAt: 2_000 }), 10);
  heard.forget(readAlert({ startsAt: 1_000 }));
  expect(heard.find('f00d', 10)).not.toBeNull();
});

test('forgetting what was never heard changes nothing', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 10);
  heard.forget(readAlert({ fingerprint: 'beef' }));
  expect(heard.all(10)).toHaveLength(1);
});

test('beyond its bound the ones posted longest ago are dropped', () => {
  const heard = makeHeard(3);
  for (const [now, fingerprint] of ['a', 'b', 'c', 'a', 'd'].entries()) heard.remember(readAlert({ fingerprint }), now);
  expect(heard.all(5).map(({ alert }) => alert.fingerprint)).toEqual(['c', 'a', 'd']);
});

test('the bound is twenty thousand alerts', () => {
  const heard = makeHeard();
  for (let n = 0; n < 20_010; n += 1) heard.remember(readAlert({ fingerprint: `f${n}` }), 0);
  expect(heard.all(0)).toHaveLength(20_000);
  expect(heard.find('f9', 0)).toBeNull();
  expect(heard.find('f10', 0)).not.toBeNull();
});

test('a post from before the clock was set back stands no longer than any other', () => {
  const heard = makeHeard();
  heard.remember(readAlert(), 3_600_000);
  expect(heard.find('f00d', 0)).toBeNull();
  expect(heard.all(0)).toEqual([]);
});
