import { SmartScaleError, type ErrorCode } from '../../webhook/errors';
import { highCpu } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

async function aSceneWith(code: ErrorCode, message: string): Promise<Scene> {
  const scene = await givenACluster({ nodes: 2, started: false });
  scene.storeFaults = [new SmartScaleError(code, message).fault];
  await scene.restart();
  await scene.passes('1s');
  return scene;
}

test('a table without TTL is named with the command that mends it; the service goes on', async () => {
  const scene = await aSceneWith('store-without-ttl', 'aws dynamodb update-time-to-live --table-name smartscale');
  const { status, body } = await scene.replica.get('/readyz');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'degraded',
    degraded: [
      {
        part: 'store',
        code: 'store-without-ttl',
        retryable: false,
        message: 'aws dynamodb update-time-to-live --table-name smartscale',
        advice: expect.stringContaining('command') as string,
      },
    ],
  });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  expect(scene.replica.logged('out of order')).toMatchObject([
    { level: 'warn', part: 'store', fault: { code: 'store-without-ttl' } },
  ]);
  scene.storeFaults = [];
  await scene.passes('61s');
  expect((await scene.replica.get('/readyz')).body).toMatchObject({ status: 'ready', degraded: [] });
});

test('a table that is missing is said once, by whoever needs it, and no longer than it is missing', async () => {
  const missing = new SmartScaleError('store-table-missing', 'there is no DynamoDB table "smartscale"');
  const scene = await aSceneWith('store-table-missing', missing.message);
  scene.store.failWith(missing);
  const { status, body } = await scene.replica.get('/readyz');
  expect(status).toBe(503);
  expect(body).toMatchObject({
    status: 'unready',
    degraded: [
      { part: 'store', code: 'store-table-missing', advice: expect.stringContaining('cdktf deploy') as string },
    ],
  });
  scene.store.failWith(null);
  expect((await scene.replica.get('/readyz')).body).toMatchObject({ status: 'ready', degraded: [] });
});

test('a table with other keys is named beside whatever fails for it', async () => {
  const scene = await aSceneWith('store-table-unusable', 'the keys are id (S, HASH), expected pk (S, HASH)');
  scene.store.failWith(new SmartScaleError('internal', 'ValidationException'));
  const { status, body } = await scene.replica.get('/readyz');
  expect(status).toBe(503);
  expect(body).toMatchObject({ degraded: [{ code: 'internal' }, { code: 'store-table-unusable' }] });
});
