import { describe, expect, it } from 'vitest';
import { isStopWord } from '../../../src/conversation/stop-word.ts';

describe('what a person says to the bot', () => {
  it.each([
    ...[
      'stop',
      ' Stop! ',
      'STOP.',
      'cancel',
      'stop please',
      'Please stop',
      'stop, please!',
      'stop it',
      'Stop now',
    ],
    ...[
      'ok stop',
      'stop stop stop',
      'please stop writing',
      'stop the answer',
      'cancel that',
      'STOP!!!',
      '*stop*',
    ],
    ...['stop\nplease', 'that’s enough', "that's enough, thanks", 'never mind', 'shut up', 'stop right now'],
    ...[
      '🛑',
      ':octagonal_sign:',
      'ｓｔｏｐ',
      'no, stop',
      'rill, stop',
      'abort',
      'stop talking please',
      'just stop',
    ],
    ...['could you stop', 'can you stop please', 'would you please stop', 'you can stop now', 'I said stop!'],
    ...['stop for now', 'that is enough', 'no more', 'that’ll do, thanks', 'forget it', 'drop it', 'nvm'],
    ...["don't continue", 'do not go on', 'please don’t answer', 'stop answering me', 'cut it out'],
    ...['ignore that', 'ignore my last message please', 'no need to answer anymore', 'no need, thanks'],
    ...['不需要了', '不需要回答了', '没事了，谢谢', '用不着再说了', '不需要再写了吧'],
    ...['stop this', 'cancel my question', 'enough already', 'stop here please'],
  ])('is a stop when it is %j', (text) => {
    expect(isStopWord(text)).toBe(true);
  });

  it.each([
    ...[
      '停',
      '停止。',
      '取消',
      '停下',
      '停下来',
      '请停止',
      '停一下',
      '别说了',
      '不要再说了',
      '够了',
      '取消吧',
      '打住',
    ],
    ...[
      '請停止',
      '別說了',
      '夠了，謝謝',
      '停止回答',
      '请不要继续',
      '别再写了',
      '停停停',
      '快停下！',
      'stop 吧',
      '请 stop',
    ],
    ...[
      '不用再回答了',
      '停止生成',
      '好了，停',
      '算了',
      '闭嘴',
      '马上停止',
      '暂停',
      '中止',
      '结束回答吧',
      '取消这个请求',
    ],
  ])('is a stop in Chinese when it is %j', (text) => {
    expect(isStopWord(text)).toBe(true);
  });

  it.each([
    ...[
      '',
      'stop?',
      'please',
      'how do I stop a container?',
      'nonstop',
      'stop words in NLP',
      'why stop',
      'stop loss',
    ],
    ...[
      'how do I cancel my order',
      'stop the container',
      'stop and think about it',
      "don't stop",
      'do not stop',
    ],
    ...[
      'should I stop',
      'what does cancel do',
      'the bus stop',
      'stop the',
      'cancel a promise in JS',
      'can you stop?',
    ],
    ...[
      'stop motion',
      'full stop',
      'stop sign',
      'unstoppable',
      'quit smoking tips',
      'stop using redux',
      'hi',
      'now',
    ],
    ...['stop '.repeat(40), 'is it enough', 'enough for a family of four', 'abort signal', 'cancel token'],
  ])('is no stop when it is %j', (text) => {
    expect(isStopWord(text)).toBe(false);
  });

  it.each([
    ...[
      '停车',
      '怎么停止容器',
      '停止？',
      '取消订单怎么操作',
      '不要停',
      '别停',
      '停止吗',
      '停止服务的命令',
      '为什么停了',
    ],
    ...[
      '不停',
      '如何取消订阅',
      '好了吗',
      '停电了怎么办',
      '够了吗',
      '请',
      '不用谢',
      '别说中文',
      '不要写代码',
      '终止进程',
      '停不下来',
    ],
    ...[
      'could you stop?',
      'can you stop the server',
      'you can stop a process with kill',
      'no more disk space',
    ],
    ...[
      "don't answer in English",
      'do not write any code',
      'forget it exists, what then',
      'that is enough memory',
    ],
    ...[
      'ignore that error',
      'ignore my accent settings',
      'no need to write tests for this',
      'what did I say',
    ],
    ...[
      '我不需要了解这个',
      '不需要回答太长',
      '没事了怎么说',
      '为什么不需要了',
      'can you',
      'you must',
      'for now',
    ],
    ...['暂停键在哪', '结束语怎么写', '取消什么', '好', '公交站叫什么'],
  ])('is no stop in Chinese when it is %j', (text) => {
    expect(isStopWord(text)).toBe(false);
  });

  it('is looked at in no time, whatever it is', () => {
    const from = process.cpuUsage();
    for (const unit of ['stop ', '停', ' ', "'", '请', '别', '不要再']) {
      for (const length of [10, 26, 80, 100_000]) isStopWord(unit.repeat(length).slice(0, length));
    }
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1000).toBeLessThan(200);
  });
});
