// Owns what the bot says to a person in Chinese. Must not know when it is said.

import type { TlsFault } from '../errors.ts';
import type { Sentences } from './en.ts';

const later = (wait: string | undefined) => (wait === undefined ? '请一分钟后' : `请在 ${wait}后`);

export const tlsFaults: Readonly<Record<TlsFault | 'unknown', string>> = {
  expired: '服务器的证书已过期，或尚未生效',
  'self-signed': '服务器的证书是自签名的，无人为它担保',
  'wrong-host': '服务器的证书属于另一台主机',
  'unknown-authority': '服务器证书的签发机构在这里不受信任',
  'no-tls': '服务器在这个地址上不使用 TLS',
  'too-old': '服务器的 TLS 版本太旧',
  unknown: '它的证书未被接受',
};

export const zh: Sentences = {
  failures: {
    'bad-request': () =>
      '模型没有接受这个问题（HTTP 400）。请换个说法或在新的话题里提问；仍然不行的话，请告诉机器人的管理员。',
    unauthorized: () => '模型拒绝了本机器人的密钥（HTTP 401），现在谁都得不到回答。请告诉机器人的管理员。',
    'no-balance': () =>
      `本机器人在模型服务商的余额已用完（HTTP 402）。管理员可以充值（DeepSeek：https://platform.deepseek.com/top_up ），然后请点“重试”。`,
    forbidden: () => '这个密钥或这个地区不允许使用该模型（HTTP 403）。请告诉机器人的管理员。',
    'unknown-model': () => '服务商没有本机器人所设置的模型（HTTP 404）。请告诉机器人的管理员。',
    'context-too-long': () => '这段对话连同文件超过了模型能读的长度。请在新的话题里提问，只带上必要的内容。',
    'too-large': () => '问题连同附件对模型来说太大（HTTP 413）。请减少文字，或换小一些、少一些的文件再问。',
    'invalid-parameters': () => '模型没有接受本机器人的某项设置（HTTP 422）。请告诉机器人的管理员。',
    'rate-limited': ({ wait }) =>
      `模型收到的请求超过了它允许本机器人的数量（HTTP 429）。${later(wait)}点“重试”。`,
    'server-error': ({ status, wait }) =>
      `模型的服务器出错（HTTP ${status ?? 500}），再次请求也失败。${later(wait)}点“重试”。`,
    'bad-gateway': ({ status, wait }) =>
      `模型的网关连不上它的服务器（HTTP ${status ?? 502}）。${later(wait)}点“重试”。`,
    overloaded: ({ status, wait }) => `模型的服务器过载（HTTP ${status ?? 503}）。${later(wait)}点“重试”。`,
    'gateway-timeout': ({ status, wait }) =>
      `模型的服务器没有及时回应它的网关（HTTP ${status ?? 504}）。${later(wait)}点“重试”。`,
    'connect-failed': () => `连不上模型的服务器。请一分钟后点“重试”。`,
    'name-not-found': () => '网络上找不到模型服务器的地址。请告诉机器人的管理员。',
    'tls-failed': ({ tls }) =>
      `无法与模型建立安全连接：${tlsFaults[tls ?? 'unknown']}。请告诉机器人的管理员。`,
    'tls-expected': () =>
      '模型的服务器要求安全连接（https），而本机器人设置的连接不安全。请告诉机器人的管理员。',
    redirected: () =>
      '模型服务器的地址与本机器人的设置不同：它把请求转向了别处，机器人不会跟随。请告诉机器人的管理员。',
    'first-token-timeout': () => `模型在规定的时间内没有开始回答，可能非常繁忙。请过几分钟点“重试”。`,
    stalled: ({ hasText }) =>
      hasText === false
        ? '模型还没有写出一个字就没有了声音。请点“重试”。'
        : '模型答到一半没有了声音。请点“继续”或“重试”。',
    'total-timeout': ({ hasText }) =>
      hasText === false
        ? '在本机器人等待的时间内没有等到任何回答。请点“重试”，或者要求短一些的回答。'
        : '这个回答超过了本机器人等待的时间。请点“继续”或“重试”，或者要求短一些的回答。',
    'broken-off': ({ hasText }) =>
      hasText === false
        ? '还没有收到回答的第一个字，与模型的连接就断了。请点“重试”。'
        : '回答还没有完，与模型的连接就断了。请点“继续”或“重试”。',
    'malformed-stream': ({ hasText }) =>
      hasText === false
        ? '模型的服务器没有给出回答，发来的是无法读懂的内容。请点“重试”；再次发生的话，请告诉机器人的管理员。'
        : `模型的服务器发来了无法读懂的内容，回答可能不完整。请点“重试”；再次发生的话，请告诉机器人的管理员。`,
    'stream-too-large': () => '模型发来的内容远超一个回答的长度，已被截断。请要求短一些的回答。',
    'empty-answer': () => '模型没有给出任何回答就结束了。请点“重试”，或换个说法提问。',
    'platform-rate-limited': ({ wait }) => `聊天平台暂时不再接受机器人的消息。${later(wait)}点“重试”。`,
    'platform-unavailable': () => `聊天平台有一段时间连不上，回答不完整。请一分钟后点“重试”。`,
    'platform-refused': () =>
      `聊天平台拒绝了机器人要写的内容。请点“重试”；再次发生的话，请告诉机器人的管理员。`,
    'page-sealed': () => `这条消息不能再写入，余下的内容没有地方可放。请点“重试”，或在新的话题里提问。`,
    'message-deleted': () => '回复已被删除，因此停止了回答。如果还需要，请再问一次。',
    stopped: ({ by }) => `${by === '' ? '已停止' : `已由 ${by} 停止`}。点“重试”可以再问一次。`,
    shutdown: ({ hasText }) =>
      hasText === false
        ? '机器人正在重启，没有回答这个问题。请一分钟后再问一次。'
        : '机器人正在重启，回答到此为止。请一分钟后再问一次。',
    'lease-lost': () => '机器人的另一个进程接手了这个回答，正在继续。',
    internal: ({ bugId }) =>
      `机器人自身出了错${bugId === undefined ? '' : `（编号 ${bugId}）`}。请点“重试”；再次发生的话，请把${bugId === undefined ? '情况' : '编号'}告诉机器人的管理员。`,
  },
  time: { s: (n) => `${n} 秒`, min: (n) => `${n} 分钟`, h: (n) => `${n} 小时` },
  muchTime: '一天多',
  thinking: (time) => `思考中… ${time}`,
  queuedAtProvider: (time) => `正在服务商处排队… ${time}`,
  tryingAgain: (attempt, time) => `模型没有回应，正在重试（第 ${attempt} 次）… ${time}`,
  tryingAgainIn: (attempt, time) => `模型没有回应，${time}后重试（第 ${attempt} 次）`,
  queuedHere: (place) => `正在等待空位：排在第 ${place} 位`,
  queuedInThread: () => '正在等待：这个话题里的另一个回答在前面',
  waitsTurn: (ahead) => `这个话题里还有 ${ahead} 个问题在前面，然后就轮到你。`,
  queueFull: () => '现在等待回答的问题太多，没有接受这一个。请等其中一些得到回答后再问一次。',
  restarting: () => '机器人正在重启，没有接受这个问题。请一分钟后再问一次。',
  notTaken: (count) => `刚才同时提问太多，这里有 ${count} 个问题没有被接受。请再问一次。`,
  hint: (bot) =>
    `请在提到我时带上问题，例如：“${bot} 什么是单子？”我会读这个话题，并在这里回答。说“${bot} stop”可以让我停下。`,
  directHint: () => '请直接写下问题，例如：“什么是单子？”我会读这段对话，并在这里回答。说“停”可以让我停下。',
  overRate: (time) => `每个人提问的次数有限，请等待 ${time}。`,
  notAllowed: () => '你不能在这里向我提问。机器人的管理员可以更改这一点。',
  expired: () => '这个按钮已失效：回答太旧，无法继续。请再问一次。',
  busy: () => '这个问题已经在回答了。',
  alreadyOver: () => '没有可以停止的：现在没有正在写的回答。',
  historyCut: () => '回答时没有读完这个话题里更早的消息。',
  historyForbidden: (names) =>
    `回答时没有读前面的消息：我在这个频道里缺少权限（${names}）。服务器的管理者可以授予我。`,
  voiceNotHeard: () => '我听不了语音消息：请把内容写成文字。',
  attachmentSkipped: (names) => `未读取：${names}。`,
  attachmentTooLarge: (names) => `太大而无法读取：${names}。`,
  attachmentCut: (names) => `只读了开头：${names}。`,
  attachmentGuessed: (names) => `不是 UTF-8，编码是猜的，个别文字可能有误：${names}。`,
  restarted: () => '回答中断过，已重新开始。',
  interruptedGoingOn: () => '回答中断了，正在继续…',
  quotaReached: (time) => `今天的 token 已用完。请在 ${time} 之后再问。`,
  undelivered: () =>
    '我没能把回答发到这里：这个聊天不接受它。请再问一次，或换个地方问；如果仍然不行，请告诉这个机器人的管理员。',
  unpermitted: (names) =>
    `我没能把回答发到那里：我在那个频道里缺少权限（${names}）。服务器的管理者可以授予我；然后请再问一次。`,
  remnants: {
    withdrawn: '这条消息已不再是回答的一部分。',
    left: '我更早的消息在这里无法删除：它们不属于这个回答。',
    open: '上面有一条消息看起来没有写完：它既不能修改，也不能删除。',
  },
  labels: { stop: '停止', retry: '重试', continue: '继续' },
  separator: '、',
  line: {
    tokens: (count) => `${count} 个 token`,
    about: '约 ',
    interruptions: (count) => `中断 ${count} 次后继续完成`,
    cost: (cost) => `费用 ${cost}`,
    length: '已到 token 上限：请点“继续”',
    filtered: '被服务商的内容过滤器终止',
    stopped: (by) => (by === '' ? '已停止' : `由 ${by} 停止`),
    broken: '中断',
    unanswered: '没有回答',
  },
};
