import { parseArgs } from 'node:util';
import { openHistory } from '../../src/proxy/history/history.ts';
import { randomRequest } from './pastRequests.ts';
import { seededRandom } from './seededRandom.ts';

/*
 * A process that keeps a history and does not stop: `historyProcess.ts --file FILE --first N`. It takes requests down
 * one after the other, `req_N` first, and prints how many of them it has been told are in the file. Every hundredth is
 * kept as an item as well.
 */

const { values } = parseArgs({ options: { file: { type: 'string' }, first: { type: 'string' } } });
const first = Number(values.first);
const history = openHistory({ file: values.file, now: () => first, report: () => process.exit(3) });
const random = seededRandom(first);
for (let index = first; ; ) {
  const end = index + 20 + Math.floor(random() * 200);
  for (; index < end; index += 1) {
    // First, so that whoever finds the request finds the item too.
    if (index % 100 === 0) {
      await history.items.put(
        { id: `item_${index}`, meta: 'm', createdAt: index },
        Buffer.alloc(9_000, index % 256),
      );
    }
    history.record({ kind: 'request', request: randomRequest(random, index, `req_${index}`) });
  }
  await history.flush();
  if (history.state.kept !== 'file' || history.state.dropped) process.exit(4);
  process.stdout.write(`${index}\n`);
}
