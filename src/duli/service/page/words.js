// What the page says, in each language it speaks.

const WORDS = {
  en: {
    ask: "Ask", rules: "Rules", label: "Label", review: "Review", monitor: "Monitor", runs: "Runs",
    skip: "Skip to the content", theme: "Light or dark", language: "中文",
    token: "Token", tokenHelp: "duli serve prints it when it starts.", enter: "Enter",
    recipe: "Recipe", question: "Question", send: "Ask", stop: "Stop", 
    answer: "Answer", answers: "Answers", value: "value", probability: "probability", kind: "kind",
    exact: "exact", bounds: "bounds", estimate: "estimate", calibrated: "calibrated", raw: "not calibrated",
    abstained: "No answer", because: "because", evidence: "Evidence in the text", why: "Why",
    proof: "Proof", proofHelp: "Arrow keys walk, Enter opens and closes.", phrase: "phrase", counts: "counts", as: "as", by: "by",
    data: "As data", seconds: "seconds", facts: "Facts", factsHelp: "One a line: income(job, ann, 22895, '2017-12-31')", case: "The case, as facts",
    atom: "atom", where: "where", source: "source", premises: "premises", more: "{} more",
    statement: "stated", fact: "fact", rule: "rule", absent: "does not hold", aggregate: "aggregate", "built-in": "built-in", choice: "choice",
    try: "Try these rules", saved: "The server's rules stay as they are; download yours to keep them.", download: "Download",
    reset: "Start again", before: "with the server's rules", after: "with your rules", changed: "changed",
    text: "text", next: "Next", empty: "Nothing here yet.", none: "none",
    accept: "Accept", reject: "Reject", note: "Note", decided: "Decided", waiting: "Waiting", second: "A second person must agree.",
    alerts: "Alerts", trends: "Trends", topic: "topic", company: "company", time: "time", count: "texts", mood: "mood",
    run: "run", metric: "metric", started: "started", interval: "95 % interval", report: "Report",
    true: "True", false: "False", unknown: "Unknown", contradiction: "Contradiction",
    wait: "Working…", hint: "hint", retry: "Try again", labelHelp: "Keys 1–9 choose, N is for none of these.",
    seen: "Seen", dialogue: "Dialogue", bad: "bad", alertFigures: "{} bad texts, {} are usual; at most {} false alarms a day", exposed: "Exposed", order: "Put in order",
    addTexts: "Texts to label, one a line", open: "open", approved: "approved", rejected: "rejected",
    sentence: "sentence", step: "step",
  },
  zh: {
    ask: "提问", rules: "规则", label: "标注", review: "审核", monitor: "监测", runs: "运行",
    skip: "跳到正文", theme: "明或暗", language: "English",
    token: "令牌", tokenHelp: "duli serve 启动时会显示它。", enter: "进入",
    recipe: "配方", question: "问题", send: "提问", stop: "停止", 
    answer: "答案", answers: "答案", value: "值", probability: "概率", kind: "种类",
    exact: "精确", bounds: "上下界", estimate: "估计", calibrated: "已校准", raw: "未校准",
    abstained: "不作答", because: "因为", evidence: "文中的证据", why: "为什么",
    proof: "证明", proofHelp: "方向键走动，回车展开或收起。", phrase: "短语", counts: "作用", as: "作为", by: "依据",
    data: "数据形式", seconds: "秒", facts: "事实", factsHelp: "每行一条：income(job, ann, 22895, '2017-12-31')", case: "案情（事实）",
    atom: "原子", where: "位置", source: "来源", premises: "前提", more: "另有 {} 个",
    statement: "原文", fact: "事实", rule: "规则", absent: "不成立", aggregate: "汇总", "built-in": "内置", choice: "选择",
    try: "试用这些规则", saved: "服务器的规则不变；要保留请下载。", download: "下载",
    reset: "重新开始", before: "用服务器的规则", after: "用您的规则", changed: "有变化",
    text: "文本", next: "下一个", empty: "这里还没有内容。", none: "都不是",
    accept: "同意", reject: "拒绝", note: "备注", decided: "已决定", waiting: "等待中", second: "还须另一人同意。",
    alerts: "警报", trends: "趋势", topic: "主题", company: "公司", time: "时间", count: "文本数", mood: "情绪",
    run: "运行", metric: "指标", started: "开始", interval: "95 % 区间", report: "报告",
    true: "真", false: "假", unknown: "未知", contradiction: "矛盾",
    wait: "正在处理……", hint: "提示", retry: "重试", labelHelp: "数字键 1–9 选择，N 表示都不是。",
    seen: "已阅", dialogue: "对话", bad: "负面", alertFigures: "负面文本 {} 条，平常 {} 条；每天误报至多 {} 次", exposed: "受影响", order: "排序",
    addTexts: "要标注的文本，每行一条", open: "未决", approved: "已同意", rejected: "已拒绝",
    sentence: "句子", step: "步骤",
  },
};

const chosen = localStorage.getItem("duli-language");
let language = chosen || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

export const spoken = () => language;

export function speak(other) {
  language = other;
  localStorage.setItem("duli-language", other);
  document.documentElement.lang = other;
}

/** The words for a name, with values in place of {}; the name itself where there are none. */
export function say(name, values = []) {
  return [values].flat().reduce((said, value) => said.replace("{}", value), WORDS[language][name] || name);
}

/** A number with at most four significant digits. */
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0 || value === 1) return String(value);
  return Math.abs(value) < 0.001 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
