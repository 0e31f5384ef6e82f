// Owns which words mean "stop writing" when they are all that somebody says to the bot. Whatever else is said is a question.

/** Nobody needs more to say stop. */
const MAX_LENGTH = 80;
const SIGNS: Readonly<Record<string, string>> = { '🛑': ' stop ', '⏹': ' stop ', '✋': ' ' };

/** Several words that mean one. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/:(?:octagonal_sign|stop_button):/g, ' stop '],
  [/\bthat(?:['’]?s| is) enough\b|\bthat(?:['’]?ll| will) do\b|\bno more\b/g, 'enough'],
  [/\b(?:shut up|be quiet|cut it out|knock it off)\b/g, 'halt'],
  [/\b(?:don['’]?t|do not) (?:continue|go on|keep going|answer|reply|respond|write|bother)\b/g, 'halt'],
  [/\b(?:never mind|nvm|forget (?:it|that|about it)|drop it)\b/g, 'nevermind'],
  [/\bignore (?:it|this|that|my (?:last )?(?:question|request|message))\b/g, 'nevermind'],
  [/\bno need(?: to (?:answer|reply|respond|continue))?(?: any ?more)?\b/g, 'nevermind'],
  [/\b(?:right (?:now|away)|at once|for now)\b/g, 'now'],
  // Without a question mark, it asks for nothing but the stop.
  [/\b(?:(?:can|could|would|will) you|you (?:can|may|should|must)|i said)\b/g, 'please'],
  [/\bthank you\b/g, 'thanks'],
];

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const verbs = setOf('stop cancel halt abort quit cease enough nevermind');
const before = setOf(
  'please pls plz ok okay hey hi oh oops no nope sorry wait now just thanks alright right well rill bot',
);
const after = setOf(
  'please pls plz now it this that me here there already immediately asap thanks thx ok okay rill bot everything all writing answering talking typing generating replying responding thinking streaming speaking answer reply response message output generation generating request question',
);
const determiners = setOf('the your this that my');

/** As in Chinese, character by character; traditional ones are written as simplified first. */
const simplified: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...'請请煩烦馬马別别說说寫写講讲夠够謝谢繼继續续這这個个復复覆复輸输斷断終终閉闭結结趕赶緊紧點点機机話话時时嗎吗麼么',
  ]
    .join('')
    .match(/../gu)
    ?.map((pair) => [...pair] as [string, string]) ?? [],
);

const lead =
  '(?:请你|请|麻烦你|麻烦|拜托|快点|快|赶紧|赶快|马上|立刻|立即|现在|好了|好的|好|行了|行|喂|你|先|那就|那|就|给我|都|机器人|可以)';
const what =
  '(?:这个|这次|这条|当前|你的|的)?(?:回答|回复|答复|回应|输出|生成|思考|说话|说|写|讲|写作|请求|提问|问题|消息|它|一切|所有|全部)';
const doing = '(?:说话|说|写|讲|答|回答|回复|回|继续|生成|输出|解释|想|思考)';
const core = [
  `(?:停止|取消|中止|终止|中断|暂停|结束)(?:${what})?`,
  '停(?:下来|下|一下|一停|住|手|掉)?',
  `(?:别|不要|不用|不必|无需)(?:再|继续|再继续)${doing}(?:下去)?`,
  `(?:别|不要|不用|不必|无需)${doing}(?:下去)?了`,
  '(?:别|不要|不用|不必)(?:继续|再继续)',
  `(?:不需要|用不着)(?:再)?(?:${doing})?了`,
  '没事了',
  '打住|住口|闭嘴|住手|够了|算了|到此为止|不用了|不必了',
].join('|');
const tail =
  '(?:吧|了|啊|呀|啦|哦|喔|谢谢你|谢谢|谢了|一下|下来|现在|马上|立刻|立即|就行|就好|可以了|好了|行了|够了)';
const CHINESE = new RegExp(`^${lead}{0,4}(?:(?:${core})${tail}{0,4}){1,3}$`, 'u');
const LATIN_IN_CHINESE: Readonly<Record<string, string>> = {
  stop: '停',
  cancel: '取消',
  please: '请',
  ok: '好',
  rill: '',
};

export function isStopWord(text: string): boolean {
  const said = text.trim();
  if (said === '' || said.length > MAX_LENGTH) return false;
  let plain = said.normalize('NFKC').toLowerCase();
  // A question is none, whatever its words are.
  if (plain.includes('?')) return false;
  for (const [sign, word] of Object.entries(SIGNS)) plain = plain.replaceAll(sign, word);
  for (const [phrase, word] of PHRASES) plain = plain.replace(phrase, word);
  const words = plain.split(/[^\p{L}\p{N}\p{M}'’]/u).filter((word) => word !== '');
  return words.some((word) => /\p{Script=Han}/u.test(word)) ? isChineseStop(words) : isEnglishStop(words);
}

function isEnglishStop(words: readonly string[]): boolean {
  const at = words.findIndex((word) => verbs.has(word));
  if (at < 0 || !words.slice(0, at).every((word) => before.has(word))) return false;
  const rest = words.slice(at + 1);
  const isAll = rest.every((word, index) => {
    if (verbs.has(word) || before.has(word) || after.has(word)) return true;
    return determiners.has(word) && index < rest.length - 1;
  });
  return isAll;
}

function isChineseStop(words: readonly string[]): boolean {
  const inChinese = words
    .flatMap((word) => word.match(/[a-z]{1,80}|[^a-z]{1,80}/g) ?? [])
    .map((word) => (/^[a-z]/.test(word) ? (LATIN_IN_CHINESE[word] ?? word) : word))
    .join('');
  return CHINESE.test([...inChinese].map((sign) => simplified[sign] ?? sign).join(''));
}
