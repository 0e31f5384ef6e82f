import { describe, expect, it } from 'vitest';
import { parseAsk } from '../../../src/ask/arguments.ts';
import { sayInTerminal } from '../../../src/notices/terminal.ts';

const parse = (...args: readonly string[]) => parseAsk(args, sayInTerminal('en'));

describe('the command line of ask', () => {
  it.each([
    [['why?'], { question: 'why?', files: [], chat: false }],
    [['why', 'so?'], { question: 'why so?', files: [], chat: false }],
    [['--model', 'm', 'why?'], { question: 'why?', files: [], chat: false, model: 'm' }],
    [
      ['why?', '-m', 'm', '-f', 'a', '--file=b', '-c'],
      { question: 'why?', files: ['a', 'b'], chat: true, model: 'm' },
    ],
    [['-cf', 'a'], { question: '', files: ['a'], chat: true }],
    [['--', '--model', 'is', 'what?'], { question: '--model is what?', files: [], chat: false }],
    [['--file=-odd', '-'], { question: '-', files: ['-odd'], chat: false }],
    [[], { question: '', files: [], chat: false }],
  ])('%j is understood', (args, given) => {
    expect(parse(...args)).toEqual({ kind: 'ask', given });
  });

  it.each([
    [['--modle', 'x', 'why?'], 'There is no option --modle; did you mean --model?'],
    [['--files', 'a'], 'There is no option --files; did you mean --file?'],
    [['--Chat'], 'There is no option --Chat; did you mean --chat?'],
    [['--mod=x'], 'There is no option --mod; did you mean --model?'],
    [['-x', 'why?'], 'There is no option -x. If it belongs to the question, put -- before that.'],
    [['--temperature=1'], 'There is no option --temperature.'],
    [['--__proto__'], 'There is no option --__proto__.'],
    [['--no-chat'], 'There is no option --no-chat.'],
    [[`--${'x'.repeat(100_000)}`], 'There is no option --xxx'],
    [['--\u001b[2Jevil'], 'There is no option --[2Jevil.'],
    [['--model'], '--model needs a value: --model deepseek-flash'],
    [['--model='], '--model needs a value'],
    [['--model', ' ', 'why?'], '--model needs a value'],
    [['--file', '--chat'], '--file needs a value: --file notes.txt'],
    [['-f'], '-f needs a value: -f notes.txt'],
    [['--chat=yes'], '--chat takes no value.'],
    [Array.from({ length: 21 }, () => '-fa'), 'At most 20 files'],
  ])('%j names the fix', (args, sentence) => {
    const parsed = parse(...args);
    expect(parsed).toMatchObject({ kind: 'wrong', say: expect.stringContaining(sentence) });
    expect(JSON.stringify(parsed).length).toBeLessThan(300);
  });

  it('asks for help wherever that stands, and whatever npm took', () => {
    expect(parse('why?', '-h')).toEqual({ kind: 'help' });
    expect(parseAsk(['--help'], sayInTerminal('en'), ['model'])).toEqual({ kind: 'help' });
  });
});
