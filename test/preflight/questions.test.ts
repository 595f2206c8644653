import { SmartScaleError, type ErrorCode } from '../../webhook/errors';
import { Questions } from '../../webhook/preflight/questions';

let asked: string[];

/** A question that is answered, or not. */
function ask(questions: Questions, permission: string, code?: ErrorCode) {
  return questions.ask({ pool: null, about: permission, permission }, () => {
    asked.push(permission);
    return code === undefined ? Promise.resolve('yes') : Promise.reject(new SmartScaleError(code, 'because'));
  });
}

beforeEach(() => {
  asked = [];
});

test('a service that does not answer is asked no more; another one is', async () => {
  const questions = new Questions();
  expect(await ask(questions, 'ec2:A')).toEqual({ known: true, value: 'yes' });
  await ask(questions, 'ec2:B', 'ec2-unreachable');
  expect(await ask(questions, 'ec2:C')).toMatchObject({ known: false, fault: { code: 'ec2-unreachable' } });
  await ask(questions, 'servicequotas:D');
  expect(asked).toEqual(['ec2:A', 'ec2:B', 'servicequotas:D']);
  expect(questions.unanswered.map(({ permission }) => permission)).toEqual(['ec2:B', 'ec2:C']);
});

test.each<ErrorCode>(['ec2-unauthorized', 'ec2-throttled'])(
  'after %s the next question may well be answered',
  async (code) => {
    const questions = new Questions();
    await ask(questions, 'ec2:A', code);
    expect(await ask(questions, 'ec2:B')).toMatchObject({ known: true });
  },
);
