/**
 * The same histories with every process behind real HTTP: its adapters, SDKs and Express application on one side, the
 * simulator's servers, dynalite and Alertmanagers on the other.
 */
import { startDynamoDb, type EmbeddedDynamoDb } from '../../simulator/dynamodb';
import { PeersOverHttp } from './support/http/peers-over-http';
import { play } from './support/play';
import { OVER_HTTP, seedsOf } from './support/seeds';

/** Milliseconds that a history may take on a machine that has other things to do. */
const SLOWEST = 150_000;

const seeds = seedsOf(OVER_HTTP);
let database: EmbeddedDynamoDb;

beforeAll(async () => {
  database = await startDynamoDb();
});

afterAll(() => database.stop());

test(
  `${seeds.length} random histories over HTTP end well`,
  async () => {
    for (const seed of seeds) {
      const make = { make: PeersOverHttp.on(database), seedVariable: OVER_HTTP.one };
      const { broken, story } = await play(seed, {}, make);
      if (broken) throw new Error(story());
    }
  },
  30_000 + seeds.length * SLOWEST,
);
