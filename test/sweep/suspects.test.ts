import { Suspects } from '../../webhook/sweep/suspects';

const finding = { id: 'orphan/i-1' };
const look = (at: number, completeSince = 0) => ({ at, completeSince });

describe('what is suspected', () => {
  it('is confirmed by two looks far enough apart, and not a moment earlier', () => {
    const suspects = new Suspects();
    expect(suspects.confirmed([finding], look(1000), 60)).toEqual([]);
    expect(suspects.confirmed([finding], look(1059), 60)).toEqual([]);
    expect(suspects.confirmed([finding], look(1060), 60)).toEqual([finding]);
    expect(suspects.confirmed([finding], look(1075), 60)).toEqual([finding]);
  });

  it('is suspected anew after a look that did not find it', () => {
    const suspects = new Suspects();
    suspects.confirmed([finding], look(1000), 60);
    suspects.confirmed([], look(1030), 60);
    expect(suspects.confirmed([finding], look(1060), 60)).toEqual([]);
    expect(suspects.confirmed([finding], look(1120), 60)).toEqual([finding]);
  });

  it('is suspected anew after a gap in the observations', () => {
    const suspects = new Suspects();
    suspects.confirmed([finding], look(1000), 60);
    expect(suspects.confirmed([finding], look(2000, 1990), 60)).toEqual([]);
    expect(suspects.confirmed([finding], look(2060, 1990), 60)).toEqual([finding]);
  });

  it('is confirmed each for itself', () => {
    const suspects = new Suspects();
    const other = { id: 'orphan/i-2' };
    suspects.confirmed([finding], look(1000), 60);
    expect(suspects.confirmed([finding, other], look(1060), 60)).toEqual([finding]);
  });
});
