// Owns the words of the demo model, in English and Chinese. Each says, or is labelled by the page, as written in advance.

import { chineseFaults, englishFaults } from './fault-texts.ts';
import type { Fault } from './faults.ts';
import { longChinese, longEnglish } from './long-texts.ts';

export interface Texts {
  readonly about: string;
  readonly setup: string;
  readonly slack: string;
  readonly discord: string;
  readonly code: string;
  readonly table: string;
  readonly chinese: string;
  readonly long: string;
  readonly thinking: string;
  readonly reasoning: string;
  /** `quote`: the question, as a Markdown quotation; `files`: the names of what came with it, or nothing. */
  echo(quote: string, files: string): string;
  faults(fault: Fault): string;
}

const inChinese = `流式传输让读者**立刻**看到第一句话，而不是等待整段回答。

1. **更快的第一印象**：第一个词出现之后，等待就变成了阅读。
2. **可以及时叫停**：方向不对时按下“停止”，模型的连接马上关闭。
3. **失败也看得见**：连接中断时，已经写出的内容保留在原处，下面有一行说明原因。

> 这段话是预先写好的演示文字，不是语言模型的回答。

| 平台 | 一条消息的上限 | 编辑方式 |
| --- | ---: | --- |
| Slack | 12,000 个字符 | 更新消息 |
| Discord | 2,000 个字符 | 更新消息 |
| 本页 | 40,000 个字符 | 服务器推送 |
`;

export const english: Texts = {
  about: `I am **Rill's demo model**: a small program that answers from texts written in advance. No language model is asked, and nothing leaves this machine.

What you are looking at is real, though. Somebody mentions the bot, and its *one* reply grows in the thread while the model is still writing:

1. The mention is kept by its id, so that it is answered once, however often it arrives.
2. The answer is streamed and folded into a draft.
3. The draft becomes a few well-paced edits of one message, as fast as the platform allows.
4. The last edit always lands, and says honestly how the answer ended.

The same line carries answers to **Slack**, **Discord**, and this page. Try \`show me code\`, \`a table\`, \`a long answer\`, \`think first\`, or make it fail: \`fail with drop\`.
`,
  setup: `To talk to a real model, give Rill a key. In the folder that you started it from, write a file named \`.env\`:

\`\`\`bash
# a key from https://platform.deepseek.com/api_keys
DEEPSEEK_API_KEY=sk-...
\`\`\`

Then stop Rill with **Ctrl-C** and run \`npm start\` again. This page finds it by itself: what stands here is gone then, and so is the yellow line at its top.

Any server that speaks the OpenAI protocol will do as well:

\`\`\`bash
DEEPSEEK_BASE_URL=http://localhost:8000/v1
DEEPSEEK_MODEL=my-model
\`\`\`

Ask me about \`slack\` or \`discord\` to bring Rill to your team. (These lines are written in advance: I am only the demo.)
`,
  slack: `**Rill in Slack**, in four steps:

1. Open <https://api.slack.com/apps>, choose *Create New App*, then *From a manifest*, and paste \`adapters/slack/manifest.json\`.
2. Install the app into your workspace and copy the bot token, which begins with \`xoxb-\`.
3. Make an app-level token with the scope \`connections:write\`; it begins with \`xapp-\`.
4. Put both into \`.env\`, and start Rill again:

\`\`\`bash
SLACK_BOT_TOKEN=xoxb-...
SLACK_APP_TOKEN=xapp-...
\`\`\`

Invite the bot to a channel with \`/invite @Rill\` and mention it there. No public address is needed. (Written in advance, by the demo.)
`,
  discord: `**Rill in Discord**, in three steps:

1. Make an application at <https://discord.com/developers/applications> and copy the token from its *Bot* page. No privileged intent is needed.
2. Put it into \`.env\`, and start Rill again:

\`\`\`bash
DISCORD_TOKEN=...
\`\`\`

3. Add the bot to your server with the invite link of the README, and mention it in a channel: the answer opens a thread of its own.

(Written in advance, by the demo.)
`,
  code: `Give every workspace **one budget**, not every message its own timer:

\`\`\`typescript
// A queued edit carries no text: it reads the newest draft when its turn comes.
async function keepUp(draft: Draft, lane: Lane): Promise<void> {
  let shown = '';
  while (!draft.done || shown !== draft.text) {
    await lane.slot();
    if (shown === draft.text) continue;
    shown = draft.text;
    await lane.edit(shown);
  }
}
\`\`\`

Ten answers at once then share one lane fairly, and none of them makes another wait. The same idea in a shell, for the impatient:

\`\`\`bash
while read -r draft; do printf '\\r%s' "$draft"; sleep 1; done
\`\`\`

(This was written in advance: I am the demo model.)
`,
  table: `How one answer of 600 tokens reaches its readers, **invented numbers for the sake of a table**:

| Place | Longest message | Edits a minute | First words after | What a reader notices |
| --- | ---: | ---: | ---: | --- |
| Slack | 12,000 | 50 | 0.9 s | a status, then a reply that grows |
| Discord | 2,000 | 60 | 0.8 s | typing, then a thread with the reply |
| This page | 40,000 | 600 | 0.4 s | the reply grows nearly word by word |

A table stays in one piece when an answer goes on in a second message, and here it scrolls sideways where the screen is narrow.
`,
  chinese: inChinese,
  long: longEnglish,
  thinking: `**Stream it, and pace the edits.** A reader waits for the first words, not for the last ones; after them, an edit each second or so reads as steady as one for every token.

So the answer has three parts:

- the *first* text goes out at once, since it ends the waiting;
- edits in the middle carry whatever is newest, and skip what is old;
- the *last* edit goes before all others, because it says how the answer ended.

The grey line above shows how long the thinking took; open it to read along. (Both were written in advance: this is the demo.)
`,
  reasoning: `The question is how an answer should reach its readers. Let me look at it from their side.

Waiting for the whole answer takes perhaps fifteen seconds, and nobody likes to look at a blank place for that long. Sending every token as an edit would be the other extreme: forty edits a second, where a chat platform allows about one.

In between lies a budget. If the edits are spread evenly, the reader sees steady progress. If a slot is free and there is nothing new, it should be left alone. And the last edit matters most.

So: first text at once, then the newest draft whenever a slot comes, and the end before everything else.`,
  echo: (quote, files) => `You asked:

${quote}
${files === '' ? '' : `\nWith it came ${files}. I do not look into files.\n`}
I can only say it back: I am the **demo model**, and no language model is asked. With a key in \`DEEPSEEK_API_KEY\` the same reply would be an answer, growing in this very place.

What I do know is how Rill works: try \`what is rill\`, \`how do I set a key\`, \`show me code\`, \`a table\`, \`用中文回答\`, \`a long answer\`, or \`think first\`. I can also fail on purpose: \`fail with drop\`, \`eof\`, \`stall\`, \`broken\`, \`length\`, \`filter\`, \`429\`, or \`402\`.
`,
  faults: (fault) => englishFaults[fault],
};

export const chinese: Texts = {
  about: `我是 **Rill 的演示模型**：一个用预先写好的文字来回答的小程序。没有调用任何语言模型，也没有数据离开这台机器。

不过您看到的过程是真实的：有人提到机器人，它*唯一的一条*回复就在会话串里逐渐变长。

1. 提问按编号登记，所以不管送达几次，都只回答一次。
2. 回答以流的方式到达，汇成一份草稿。
3. 草稿变成少数几次节奏均匀的编辑。
4. 最后一次编辑一定会写上，并如实说明回答是怎样结束的。

可以试试：\`代码\`、\`表格\`、\`长文\`、\`思考\`，或者让它失败：\`失败 drop\`。
`,
  setup: `要与真正的模型对话，请给 Rill 一个密钥。在启动它的文件夹里新建 \`.env\` 文件：

\`\`\`bash
# 密钥来自 https://platform.deepseek.com/api_keys
DEEPSEEK_API_KEY=sk-...
\`\`\`

然后按 **Ctrl-C** 停止，再运行一次 \`npm start\`。（这是预先写好的演示文字。）
`,
  slack: `**在 Slack 中使用 Rill**：用 \`adapters/slack/manifest.json\` 新建应用，把 \`xoxb-\` 和 \`xapp-\` 两个令牌写进 \`.env\`：

\`\`\`bash
SLACK_BOT_TOKEN=xoxb-...
SLACK_APP_TOKEN=xapp-...
\`\`\`

重新启动后，在频道里输入 \`/invite @Rill\`，再提到它即可。（预先写好的演示文字。）
`,
  discord: `**在 Discord 中使用 Rill**：新建应用，复制机器人的令牌，写进 \`.env\`：

\`\`\`bash
DISCORD_TOKEN=...
\`\`\`

重新启动后，用 README 里的邀请链接把机器人加进服务器，在频道里提到它即可。（预先写好的演示文字。）
`,
  code: `每个工作区用**一份预算**，而不是每条消息各用一个定时器：

\`\`\`typescript
// 排队的编辑不带文字：轮到它时才读取最新的草稿。
async function keepUp(draft: Draft, lane: Lane): Promise<void> {
  let shown = '';
  while (!draft.done || shown !== draft.text) {
    await lane.slot();
    shown = draft.text;
    await lane.edit(shown);
  }
}
\`\`\`

十个回答同时进行时，它们公平地共用一条通道。（这是预先写好的演示文字。）
`,
  table: inChinese,
  chinese: inChinese,
  long: longChinese,
  thinking: `**先流式输出，再控制编辑的节奏。**读者等的是第一句话；之后每秒一次编辑，读起来已经足够连贯。

- 第一段文字立刻发出；
- 中间的编辑总是带上最新的内容；
- 最后一次编辑最优先，因为它说明回答怎样结束。

（思考过程和回答都是预先写好的演示文字。）
`,
  reasoning:
    '问题是：回答应该怎样到达读者？等整段写完要十几秒，太久；每个词编辑一次，平台又不允许。所以需要一份预算：先发出第一段，然后按空闲的时机带上最新的草稿，最后一次编辑优先。',
  echo: (quote, files) => `您问的是：

${quote}
${files === '' ? '' : `\n随问题一起来的文件有 ${files}。我不会读取文件的内容。\n`}
我只能原样复述：我是**演示模型**，没有调用语言模型。在 \`DEEPSEEK_API_KEY\` 里写上密钥之后，同样的位置就会出现真正的回答。

可以试试：\`介绍\`、\`配置密钥\`、\`代码\`、\`表格\`、\`长文\`、\`思考\`，或者让它失败：\`失败 drop\`、\`eof\`、\`stall\`、\`broken\`、\`length\`、\`filter\`、\`429\`、\`402\`。
`,
  faults: (fault) => chineseFaults[fault],
};
