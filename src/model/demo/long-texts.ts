// Owns the demo model's long answers: enough text to watch a reply grow, with headings, lists, code and quotations.

export const longEnglish = `# How a reply grows

*A long text, written in advance, so that you can watch one reply for a while.*

## From the mention to the first word

A mention arrives as a small piece of plain data: who asked, where, and what. It is put in line before anything else happens, and only then does Rill tell the platform that it has been received. If the platform sends it a second time all the same, it is known by its id, and answered once.

Then the thread is read. There is no database of conversations: the thread itself *is* the conversation. Earlier messages go to the model as they were said, people's under their names, the bot's own letter for letter as the model wrote them. Footers, notices and buttons never go back.

Within a second of the mention a reader sees that something is going on:

- in Slack, a line of status below the thread;
- in Discord, the sign that somebody types;
- here, the little wave that you saw before these words came.

## While it is being written

Tokens arrive at the rate at which the model writes, perhaps forty a second. A chat platform takes about one edit a second, and less when ten answers are being written at once. So tokens are not sent. They are folded into a **draft**, and a queued edit carries no text at all:

\`\`\`typescript
for await (const event of model.stream(prompt, { signal })) {
  draft.apply(event);
  reply.changed(); // wakes the pacer, sends nothing
}
\`\`\`

When a slot comes, the edit reads the draft as it is at that moment. What became old while it waited is simply skipped.

> The newest draft wins. It is the only rule that keeps a reader close to the model, however slow the platform is.

Markdown that is still open is closed for the moment: half a code block would otherwise swallow the rest of the page, and a lone pair of stars would show as stars.

## When a message is full

Each platform has a longest message. Rill cuts before that point, at the end of a paragraph if there is one, else of a line, a sentence or a word. A code block that has to be cut is closed on the first page and opened again on the next, with its language. A family emoji such as 👩‍👩‍👧‍👦 stays whole.

1. Earlier pages are never touched again.
2. The page that is being written takes all edits.
3. All pages joined are the model's text: nothing lost, nothing twice.

## When something breaks

| What happens | What Rill does | What a reader sees |
| --- | --- | --- |
| The connection drops before the first word | asks again | a moment more of waiting |
| It drops later | goes on from the text so far | nothing but a note at the end |
| The model falls silent | closes the socket, goes on | a pause of some seconds |
| The account is empty | stops | a sentence that says what to do |

## The end

The last edit goes before all others, and it is repeated until it lands. Below the text stands one small line that begins with *AI*, since everybody who reads an answer should know who wrote it. When the answer did not come to its own end, the line says so, and where there is something to be done about it a button stands there.

That is all there is to it. You have now watched one reply grow; in your own channel it would have grown in the same way, in larger steps.
`;

export const longChinese = `# 一条回复是怎样长成的

*这是一篇预先写好的长文，方便您看着同一条回复慢慢变长。*

## 从提问到第一个词

提问到达时只是一小份数据：谁问的，在哪里，问了什么。它先被排进队列，然后 Rill 才告诉平台已经收到。如果平台又送来一次，Rill 按编号认出它，只回答一次。

接着读取会话串。没有另外的数据库：会话串本身就是对话。人们的话带着名字，机器人自己的话逐字保留。

- 在 Slack 里，会话串下面有一行状态；
- 在 Discord 里，显示“正在输入”；
- 在这里，是文字出现之前的小水波。

## 正在书写

模型每秒大约写四十个词元，而聊天平台每秒只允许大约一次编辑。所以词元不会逐个发送，而是汇入**草稿**：

\`\`\`typescript
for await (const event of model.stream(prompt, { signal })) {
  draft.apply(event);
  reply.changed(); // 只唤醒调度，不发送文字
}
\`\`\`

> 最新的草稿优先。只有这样，平台再慢，读者也不会落后太多。

## 出了问题怎么办

| 发生了什么 | Rill 怎样做 | 读者看到什么 |
| --- | --- | --- |
| 第一个词之前断开 | 再问一次 | 多等一会儿 |
| 之后断开 | 从已有的文字继续 | 结尾有一行说明 |
| 模型沉默 | 关闭连接，继续 | 停顿几秒 |
| 余额不足 | 停止 | 一句说明该怎么办的话 |

## 结尾

最后一次编辑最优先，直到写上为止。下面有一行以 *AI* 开头的小字，让每个读者都知道这是谁写的。全文到此结束。
`;
