import { MOTO_GAPS } from './moto-gaps';
import { regions, type Region } from './region';

describe.each(regions)('where moto is not EC2, asked of the %s', (name, open) => {
  let region: Region;
  beforeAll(async () => {
    region = await open();
  });
  afterAll(() => region.stop());

  test.each(MOTO_GAPS)('$what', async ({ ask, ec2, moto }) => {
    expect(await ask(region)).toEqual(name === 'moto' ? moto : ec2);
  });
});
