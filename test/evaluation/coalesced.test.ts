import { Coalesced } from '../../webhook/evaluation/coalesced';
import { settled } from '../support/fake-clock';

/** Work whose runs end when told, and that notices when two run at once. */
class Work {
  runs = 0;
  atOnce = 0;
  mostAtOnce = 0;
  private readonly ends: ((fail: boolean) => void)[] = [];

  readonly run = (): Promise<number> => {
    const run = ++this.runs;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    return new Promise((resolve, reject) => {
      this.ends.push((fail) => {
        this.atOnce -= 1;
        if (fail) reject(new Error(`run ${run} failed`));
        else resolve(run);
      });
    });
  };

  end(fail = false): void {
    this.ends.shift()?.(fail);
  }
}

describe('work that is shared', () => {
  it('runs at once when nothing runs', async () => {
    const work = new Work();
    const first = new Coalesced(work.run).run();
    work.end();
    await expect(first).resolves.toBe(1);
  });

  it('gives everybody who comes during a run the next one', async () => {
    const work = new Work();
    const coalesced = new Coalesced(work.run);
    const first = coalesced.run();
    const late = Array.from({ length: 10_000 }, () => coalesced.run());
    expect(work.runs).toBe(1);
    work.end();
    await expect(first).resolves.toBe(1);
    await settled();
    work.end();
    expect(new Set(await Promise.all(late))).toEqual(new Set([2]));
    expect(work.runs).toBe(2);
  });

  it('costs three runs when ten thousand come before and ten thousand during the second', async () => {
    const work = new Work();
    const coalesced = new Coalesced(work.run);
    const all = Array.from({ length: 10_000 }, () => coalesced.run());
    work.end();
    await settled();
    all.push(...Array.from({ length: 10_000 }, () => coalesced.run()));
    work.end();
    await settled();
    work.end();
    await Promise.all(all);
    expect(work.runs).toBe(3);
  });

  it('never runs twice at once, whenever somebody comes', async () => {
    for (let hops = 0; hops < 12; hops += 1) {
      const work = new Work();
      const coalesced = new Coalesced(work.run);
      const runs = [coalesced.run(), coalesced.run()];
      work.end();
      for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
      runs.push(coalesced.run());
      for (let i = 0; i < 3; i += 1) {
        await settled();
        work.end();
      }
      await Promise.all(runs);
      expect(work.mostAtOnce).toBe(1);
    }
  });

  it('starts anew after the last run', async () => {
    const work = new Work();
    const coalesced = new Coalesced(work.run);
    const first = coalesced.run();
    work.end();
    await first;
    const second = coalesced.run();
    work.end();
    await expect(second).resolves.toBe(2);
  });

  it('gives a failure to those who shared the run, and to nobody else', async () => {
    const work = new Work();
    const coalesced = new Coalesced(work.run);
    const first = coalesced.run();
    const [second, third] = [coalesced.run(), coalesced.run()];
    work.end(true);
    await expect(first).rejects.toThrow('run 1 failed');
    await settled();
    work.end();
    await expect(second).resolves.toBe(2);
    await expect(third).resolves.toBe(2);
  });
});
