// Owns what the demo model says where it fails on purpose: each text explains what is happening to it.

import type { Fault } from './faults.ts';

export const englishFaults: Readonly<Record<Fault, string>> = {
  drop: `You asked for a broken connection. About half-way through this answer the demo model closes the socket without a word, as a provider does that restarts under load. Whatever had arrived by then stays where it is: nothing is taken away from a reader. Rill asks again, hands over the text so far as a prefix, and the model goes on in the very place where it stopped. If you look for the seam you will not find it, since no word is missing and none stands twice. Only the small line below tells that there was an interruption.`,
  eof: `You asked for a stream that ends too early. The demo model closes it properly, as if all were said, but without the mark that a whole answer ends with. Many clients take this for the end and show half an answer as a whole one. Rill does not: it sees that the mark is missing, asks for the rest by itself, and goes on in the same message. Whoever reads along notices a short pause at most. Only the small line below tells that there was an interruption, and this is the answer's real end.`,
  stall: `You asked for a silence. Half-way through, the demo model stops sending words but keeps the connection open, which is the nastiest of all failures, since nothing ever reports it. A client without a clock of its own would wait for ever. Rill measures the time between two words, closes the socket when it has been quiet for too long, and asks for the rest. You have just seen a pause of some seconds, and after it the answer went on as if nothing had been.`,
  broken: `You asked for an answer that breaks off. The demo model ends its stream too early; Rill asks for the rest, and the model breaks off again, and then once more, as a provider in real trouble may. Going on by itself helps where the trouble is short, so after two attempts Rill stops and says so. The text so far stays, the notice below it says what happened, and the button called Continue asks for the rest. Press it: this time the answer comes to its real end, and here it is.`,
  length: `You asked for an answer that is longer than it may be. A provider counts tokens, and at the limit it stops in the middle of a sentence, however good that sentence was going to be. The reply then says so in its last line, in plain words, and offers a button. Pressing Continue sends the text so far back to the model as the beginning of its own answer, so that it goes on instead of starting again. This is the part that came after the limit, and it ends here.`,
  filter: `You asked for an answer that is cut by the provider's content filter. The words up to that point stay, and the line below tells who ended it: not the bot, not a broken connection, but a rule of the provider. Trying again would bring the same, so no button is offered for it. What would have come here is never sent.`,
  '429': `The limit is over. A moment ago this question was refused with HTTP 429, too many requests, and Rill waited as long as it had been told to, tried again, and at last said so instead of keeping you waiting. Now the answer comes as usual. (Written in advance, by the demo.)`,
  '402': `The account has been topped up, in a manner of speaking: the demo model refuses such a question once with HTTP 402 and answers it after Retry. With a real provider somebody who runs the bot would have to pay in between, and the notice says where.`,
};

export const chineseFaults: Readonly<Record<Fault, string>> = {
  drop: '您要求演示连接中断。 写到大约一半的时候，演示模型会直接关闭连接，就像服务商在高负载下重启一样。 已经到达的文字原样保留。 Rill 会再次请求，把已有的文字作为前缀交给模型，让它从停下的地方继续。 您找不到接缝：没有缺少一个字，也没有重复一个字。 只有下面的小字说明曾经中断过一次。',
  eof: '您要求演示过早结束的流。 演示模型正常地关闭连接，却没有发出完整回答应有的结束标记。 许多程序会把半段回答当成完整的回答。 Rill 不会：它发现缺少结束标记，就自己请求剩下的部分，并在同一条消息里继续写。 读者最多只看到短暂的停顿。 只有下面的小字说明曾经中断过一次。',
  stall:
    '您要求演示沉默。 写到一半时，演示模型不再发送文字，却一直保持连接，这是最难发现的故障。 没有自己时钟的程序会永远等下去。 Rill 测量两个词之间的时间，沉默太久就关闭连接并请求剩下的部分。 您刚才看到了几秒钟的停顿，之后回答继续，好像什么都没有发生。',
  broken:
    '您要求演示彻底中断的回答。 演示模型过早地结束流；Rill 请求剩下的部分，它又中断一次，然后再中断一次，就像真正出了故障的服务商。 短暂的故障，自己继续就能解决，所以两次之后 Rill 会停下来说明情况。 已有的文字保留在上面，按“继续”就能得到剩下的部分。 这一次，回答真正结束了。',
  length:
    '您要求演示超出长度的回答。 服务商按词元计数，到了上限就停在句子中间。 回复的最后一行会如实说明，并提供一个按钮。 按下“继续”，已有的文字会作为开头交还给模型，让它接着写，而不是重新开始。 这就是上限之后的部分，到此结束。',
  filter:
    '您要求演示内容过滤。 到这里为止的文字会保留，下面的小字说明是谁结束了回答。 不是机器人，也不是连接中断，而是服务商的规则。 再试一次结果也一样，所以没有重试按钮。 后面的文字永远不会发送。',
  '429':
    '限制已经解除。刚才这个问题被以 HTTP 429 拒绝，Rill 按要求等待、重试，最后如实说明。现在回答照常到来。（预先写好的演示文字。）',
  '402':
    '账户已经“充值”了：演示模型会用 HTTP 402 拒绝这样的问题一次，按“重试”后就会回答。真实的服务商需要有人付款，提示里写明了地址。',
};
