"""The errata of the classical texts: what is written there, the right form, and why, in English and in Chinese."""
# ruff: noqa: E501

from typing import NamedTuple


class Entry(NamedTuple):
    """One error. `checks`: names of functions in `bugs` whose real report the page shows."""

    title: str
    wrong: str
    right: str
    why: str
    title_zh: str
    why_zh: str
    checks: tuple[str, ...] = ()


ENTRIES = (
    Entry(
        "relu's backward writes into dout, and lets it through at 0",
        "dx = dout; dx[x < 0] = 0", "dx = dout * (x > 0)",
        "`dx = dout` is a second name, not a copy, so whoever else uses dout gets a changed array. At x = 0 the usual "
        "convention is relu'(0) = 0; `<` leaves dout there.",
        "relu 的反向传播改写了 dout,并让 x = 0 处的梯度通过",
        "`dx = dout` 只是别名而不是副本,别处再用 dout 时拿到的已是被改过的数组。x = 0 处通常约定 relu'(0) = 0;写成 `<` 会把那里的 dout 放过去。",
        ("relu_backward_in_place", "relu_backward_through_zero"),
    ),
    Entry(
        "db keeps an axis too many",
        "db = np.sum(dout, axis=0, keepdims=True)", "db = np.sum(dout, axis=0)",
        "b has shape (M,), this db (1, M). `b -= lr * db` then raises; `b = b - lr * db` is worse, for it silently turns b "
        "into (1, M).",
        "db 多保留了一个轴",
        "b 的形状是 (M,),这里的 db 是 (1, M)。`b -= lr * db` 会报错;`b = b - lr * db` 更糟,它不声不响地把 b 变成 (1, M)。",
        ("affine_backward_keepdims",),
    ),
    Entry(
        "dw with its factors exchanged",
        "dw = dout.T @ x", "dw = x.T @ dout",
        "With out = x w and samples as rows, dw has the shape of w, (D, M). The exchanged form is its transpose and fits only "
        "where D = M, which is where it does most harm.",
        "dw 的两个因子写反了",
        "样本按行排列且 out = x w 时,dw 与 w 同形,为 (D, M)。写反后得到的是转置,只有 D = M 时形状才对得上,也正是那时危害最大。",
        ("affine_backward_order",),
    ),
    Entry(
        "the penalty is in the loss but not in the gradient",
        "loss += 0.5 * reg * np.sum(W * W)", "loss += 0.5 * reg * np.sum(W * W); dW += reg * W",
        "The net then minimises the data loss alone, while the printed loss contains a term that nothing reduces.",
        "惩罚项进了损失,却没有进梯度",
        "这样网络只在最小化数据损失,打印出来的损失里却有一项没有任何东西去减小它。",
        ("net_without_penalty_gradient",),
    ),
    Entry(
        "(p - 1) / N for the whole row",
        "dscores = (p - 1) / N", "dscores = p; dscores[np.arange(N), y] -= 1; dscores /= N",
        "Only the entry of the right class gets the -1; for the others the gradient is p / N.",
        "整行都写成 (p - 1) / N",
        "只有正确类别那一项要减 1;其余各项的梯度是 p / N。",
        ("softmax_loss_all_minus_one",),
    ),
    Entry(
        "e^{f_yj} in the softmax",
        "L_i = -log(e^{f_yj} / sum_j e^{f_j})", "L_i = -log(e^{f_{y_i}} / sum_j e^{f_j})",
        "The index of the numerator is the label of example i; j is the index that the sum runs over.",
        "softmax 公式里的 e^{f_yj}",
        "分子的下标是第 i 个样本的标签 y_i;j 是求和用的下标。",
    ),
    Entry(
        "the gradient of the mean squared error without its 2, and without db",
        "J = (1/n) sum (y - s)^2; dW = (1/n) X'(s - y)", "dW = (2/n) X'(s - y); db = (2/n) sum (s - y)",
        "Without the 2 it is the gradient of 1/(2n) sum (y - s)^2: harmless for the direction, wrong as a statement, and it "
        "halves the learning rate. `squared_loss(reduction=\"mean\" | \"half_mean\")` has both by name. Without db the bias "
        "never moves.",
        "均方误差的梯度少了系数 2,也少了 db",
        "少了 2 的式子是 1/(2n) sum (y - s)^2 的梯度:方向不受影响,但等式不成立,学习率也等于减半。`squared_loss(reduction=\"mean\" | \"half_mean\")` 两种约定都有名字。少了 db,偏置永远不动。",
        ("quadratic_without_two", "linear_backward_without_db"),
    ),
    Entry(
        "a gradient called a loss",
        "\"the loss (y - s) is propagated back\"", "\"the gradient of the loss, 2 (s - y) / n, is propagated back\"",
        "The loss is one number. What travels backwards is its derivative with respect to each intermediate value.",
        "把梯度叫作损失",
        "损失是一个数。向后传播的是它对每个中间量的导数。",
    ),
    Entry(
        "np.random.zeros",
        "b = np.random.zeros(n)", "b = np.zeros(n)",
        "There is no such function; zeros are not random.",
        "np.random.zeros",
        "没有这个函数;零不是随机数。",
    ),
    Entry(
        "\"W = 0 with random b works slightly less efficiently\"",
        "W = 0, b random", "W random, b = 0",
        "With relu it ends at 27 to 39 % where random W reach 91 to 93 % (`examples/symmetry.py`): the outgoing weights are 0, "
        "so no gradient reaches the first layer until they have grown, and all inputs look alike to it.",
        "“W = 0 而 b 随机,只是效率略低”",
        "用 relu 时它停在 27 % 到 39 %,而 W 随机可达 91 % 到 93 %(`examples/symmetry.py`):输出权重为 0,在它们长大之前第一层得不到梯度,而且所有输入在它看来都一样。",
    ),
    Entry(
        "fan-in as \"the current layer's number of neurons\"",
        "W = randn(n_in, n_out) / sqrt(n_out)", "W = randn(n_in, n_out) / sqrt(n_in)",
        "A pre-activation is a sum over the n_in inputs of a neuron; its variance is n_in times that of a term.",
        "把 fan-in 说成“本层神经元个数”",
        "一个神经元的加权输入是对它的 n_in 个输入求和;方差是单项方差的 n_in 倍。",
    ),
    Entry(
        "\"sgn flips the sign of the weight\"",
        "w -> -w", "w <- w - eta (lambda / n) sgn(w)",
        "sgn(w) is 1, -1 or 0. The update takes a constant amount off the size of w, towards 0; sgn(0) = 0 leaves zeros alone.",
        "“sgn 会翻转权重的符号”",
        "sgn(w) 只取 1、-1 或 0。这一步把 w 的绝对值减去一个常数,使它靠近 0;sgn(0) = 0,零保持为零。",
    ),
    Entry(
        "\"L2 is no different from L1\"",
        "both simply shrink the weights", "L2 pulls in proportion to w, L1 with a constant force",
        "At the same strength 43 % of the first layer end below 0.001 with L1 and 6 % with L2 (`examples/l1_against_l2.py`).",
        "“L2 与 L1 没有区别”",
        "L2 的拉力与 w 成正比,L1 的拉力恒定。同样强度下,第一层中绝对值小于 0.001 的权重 L1 有 43 %,L2 只有 6 %(`examples/l1_against_l2.py`)。",
    ),
    Entry(
        "lambda / n as an integer division",
        "w * (1 - eta * lmbda / n)  # Python 2: lmbda = 5, n = 50000", "lmbda = 5.0, or Python 3",
        "In Python 2, 5 / 50000 is 0 and the penalty vanishes without a word (here saved by a float eta in front; `eta * (lmbda "
        "/ n)` is not).",
        "lambda / n 变成整数除法",
        "在 Python 2 里 5 / 50000 等于 0,惩罚项不声不响地消失了(前面先乘浮点的 eta 时侥幸无事,写成 `eta * (lmbda / n)` 就不行)。",
    ),
    Entry(
        "shuffling the caller's list",
        "random.shuffle(training_data)", "order = rng.permutation(len(training_data))",
        "The caller's data come back in another order, and a second run no longer repeats the first.",
        "打乱了调用者的列表",
        "调用者的数据顺序被改掉,第二次运行也不再能重复第一次。",
    ),
    Entry(
        "-log(p) of a probability that underflowed",
        "p = np.exp(x) / np.exp(x).sum(); loss = -np.log(p[y])", "z = x - x.max(); loss = np.log(np.exp(z).sum()) - z[y]",
        "For a score 800 below the largest, p is 0 and the loss infinite; for scores above 710, exp overflows and p is nan.",
        "概率下溢后的 -log(p)",
        "若某个得分比最大值低 800,p 就是 0,损失为无穷大;得分超过 710 时 exp 上溢,p 是 nan。",
        ("log_of_probability",),
    ),
    Entry(
        "pickle.load of a download",
        "pickle.load(gzip.open(\"mnist.pkl.gz\"))", "mnist.load(\"mnist.pkl.gz\")",
        "A pickle is a program. Our reader parses its opcodes, builds arrays of numbers and executes nothing.",
        "对下载来的文件用 pickle.load",
        "pickle 文件是一段程序。我们的读取器只解析操作码、生成数字数组,不执行任何东西。",
    ),
    Entry(
        "the forward pass computed twice",
        "loss = net.loss(x, t); grads = net.gradient(x, t)", "loss, grads = net.loss(x, t)",
        "The second call repeats the whole forward pass for a number that the first one had.",
        "前向传播算了两遍",
        "第二次调用为了一个已经有的结果,把整个前向传播重算了一遍。",
    ),
    Entry(
        "gradient and update in one line",
        "W -= lr * x.T @ dout", "dW = x.T @ dout; W -= lr * dW",
        "What is never returned cannot be checked: separate the two, and a numeric derivative can be held against dW.",
        "梯度与更新写在同一行",
        "从不返回的东西无法检验:把两步分开,才能拿数值导数与 dW 比较。",
    ),
    Entry(
        "accuracy() with p and y mixed up",
        "y = predict(x); if p.ndim != 1: p = np.argmax(p, 1)", "p = predict(x); if p.ndim != 1: p = np.argmax(p, 1)",
        "p is assigned in the function, hence local, and read before it has a value: UnboundLocalError.",
        "accuracy() 里 p 与 y 混用",
        "p 在函数里被赋值,因而是局部变量,却在有值之前就被读取:UnboundLocalError。",
    ),
    Entry(
        "softmax loss of one sample divided by C",
        "batch_size = p.shape[0]  # p is (C,)", "p = np.atleast_2d(p); batch_size = p.shape[0]",
        "For a single sample shape[0] is the number of classes, and loss and gradient are C times too small. The same slip "
        "with shape[1] in a batch gives the report below.",
        "单个样本的 softmax 损失除以了 C",
        "只有一个样本时 shape[0] 是类别数,损失和梯度都小了 C 倍。在一批样本上把 shape[0] 错写成 shape[1],检查器的报告如下。",
        ("softmax_loss_divided_by_classes",),
    ),
    Entry(
        "softmax over everything for 3-D input",
        "np.exp(x) / np.sum(np.exp(x))", "np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)",
        "A branch for ndim == 2 and \"else everything\" normalises a (N, T, C) array to one distribution instead of N T of them.",
        "三维输入时 softmax 对全部元素归一化",
        "只为 ndim == 2 写了分支、其余对整个数组归一化时,(N, T, C) 的数组会变成一个分布,而不是 N T 个。",
    ),
    Entry(
        "the offset d in -log(p + d) is not free",
        "ds = p - t", "ds = p_y / (p_y + d) * (p - t)",
        "d caps the loss at -log d (16.1 for 1e-7) and takes the gradient away from examples that are far off. Nets that start "
        "saturated stall because of it: see system 5 in `results.md`.",
        "-log(p + d) 里的 d 并非没有代价",
        "d 把损失封顶在 -log d(d = 1e-7 时为 16.1),并让错得最远的样本失去梯度。一开始就饱和的网络会因此停滞:见 `results.md` 的系统 5。",
    ),
    Entry(
        "numeric gradient of an integer array",
        "x = np.array([1, 2, 3]); x[i] += 1e-4", "x = x.astype(float)",
        "The step is cut off: x stays what it was, or drops by one. `models.numeric` refuses integer parameters.",
        "对整数数组求数值梯度",
        "步长被截掉:x 不变,或者掉 1。`models.numeric` 拒绝整数参数。",
    ),
    Entry(
        "x is not put back when f raises",
        "x[i] = v + h; a = f(x); x[i] = v - h; b = f(x); x[i] = v", "try: ... finally: x[i] = v",
        "After an interrupt or an error one parameter stays moved, and the next result is not that of the net one has.",
        "f 抛出异常时没有把 x 复原",
        "中断或出错之后,有一个参数停在被移动的位置,此后的结果不再属于原来的网络。",
    ),
    Entry(
        "backpropagation equated with training",
        "\"backpropagation adjusts the weights\"", "\"backpropagation computes the gradient; the update rule adjusts the weights\"",
        "The same gradient serves sgd, Adam or L-BFGS, and a net can be trained without backpropagation: system 5 is.",
        "把反向传播等同于训练",
        "反向传播只计算梯度,调整权重的是更新规则。同一个梯度可以交给 sgd、Adam 或 L-BFGS;不用反向传播也能训练:系统 5 就是如此。",
    ),
    Entry(
        "sigmoid's derivative at the input",
        "dx = dout * x * (1 - x)", "dx = dout * s * (1 - s), s = sigmoid(x)",
        "s (1 - s) is the derivative written with the output; with the input it is another function.",
        "sigmoid 的导数代入了输入",
        "s (1 - s) 是用输出写的导数;代入输入就成了另一个函数。",
        ("sigmoid_backward_of_input",),
    ),
)  # fmt: skip
