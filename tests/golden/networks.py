# SPDX-License-Identifier: Apache-2.0
"""Lemnos' models, made of PyTorch's own layers.

Arguments have the names and defaults of the models' Config in nn/models/; what follows from the
data has to be given. Fresh weights are drawn as Lemnos draws them. Parts are in Lemnos' order, so
walking a network meets its parameters in that order (network_curves.py).

Rows of tokens are padded with 0 behind; images are u8 [N, C, H, W]. loss() is what training lowers.
"""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def packed(x, ids):
    return pack_padded_sequence(x, (ids != 0).sum(1), batch_first=True, enforce_sorted=False)


class LstmClassifier(nn.Module):
    def __init__(self, vocabulary, classes, embedding=50, hidden=100, layers=1, cell="lstm"):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.recurrent = CELLS[cell](embedding, hidden, layers, batch_first=True)
        self.dense = nn.Linear(hidden, classes)

    def forward(self, ids):
        state = self.recurrent(packed(self.embedding(ids), ids))[1]
        return self.dense((state[0] if isinstance(state, tuple) else state)[-1])

    def loss(self, ids, labels):
        return F.cross_entropy(self(ids), labels.long())


class Transformer(nn.Module):
    """Blocks that normalise before each part, and a last normalisation."""

    def __init__(self, width, heads, layers, hidden=0, causal=False, cross=False):
        super().__init__()
        kind = nn.TransformerDecoderLayer if cross else nn.TransformerEncoderLayer
        self.layers = nn.ModuleList(
            kind(width, heads, hidden or 4 * width, dropout=0, activation="gelu",
                 batch_first=True, norm_first=True) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.causal, self.cross = causal, cross
        for module in self.modules():  # Lemnos' maps of attention begin as any linear layer
            if isinstance(module, nn.MultiheadAttention):
                for p in module.parameters():
                    nn.init.uniform_(p, -width ** -0.5, width ** -0.5)

    def forward(self, x, padding=None, memory=None, memory_padding=None):
        size = x.shape[1]
        mask = torch.ones(size, size, dtype=torch.bool).triu(1) if self.causal else None
        for layer in self.layers:
            x = (layer(x, memory, tgt_mask=mask, memory_key_padding_mask=memory_padding)
                 if self.cross else layer(x, src_mask=mask, src_key_padding_mask=padding))
        return self.norm(x)


class TokenTransformer(nn.Module):
    causal = False

    def __init__(self, vocabulary, length, width=128, heads=4, layers=4, hidden=0):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(length, width)
        self.transformer = Transformer(width, heads, layers, hidden, self.causal)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, ids):
        x = self.tokens(ids) + self.places.weight[:ids.shape[1]]
        return self.head(self.transformer(x, None if self.causal else ids == 0))


class Gpt(TokenTransformer):
    causal = True

    def loss(self, windows):
        """Each token of windows [N, length + 1] but the first is foretold from those before."""
        return F.cross_entropy(self(windows[:, :-1]).transpose(1, 2), windows[:, 1:].long())


class Bert(TokenTransformer):
    def loss(self, seen, ids, chosen):
        """The mean over the chosen places (1, else 0) of what stands there, `seen` given."""
        losses = F.cross_entropy(self(seen).transpose(1, 2), ids.long(), reduction="none")
        return (losses * chosen).sum() / chosen.sum().clamp(min=1)


class Seq2Seq(nn.Module):
    def __init__(self, vocabulary, length, cell="lstm", width=128, layers=1, heads=4):
        super().__init__()
        self.read_tokens = nn.Embedding(vocabulary, width)
        self.written_tokens = nn.Embedding(vocabulary, width)
        self.with_cells = cell != "transformer"
        if self.with_cells:
            self.recurrent = nn.ModuleList(CELLS[cell](width, width, layers, batch_first=True)
                                           for _ in range(2))
            self.combine = nn.Linear(2 * width, width)
        else:
            self.places = nn.ModuleList(nn.Embedding(n, width) for n in (length, length + 1))
            self.transformers = nn.ModuleList(
                (Transformer(width, heads, layers),
                 Transformer(width, heads, layers, causal=True, cross=True)))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, read, written):
        """Logits of what follows each token of `written`, which begins with the begin token."""
        memory, given = self.read_tokens(read), self.written_tokens(written)
        states = self.attend_by_cells if self.with_cells else self.attend_by_transformers
        return self.head(states(memory, given, read))

    def attend_by_cells(self, memory, given, read):
        encoded, last = self.recurrent[0](packed(memory, read))
        encoded = pad_packed_sequence(encoded, batch_first=True, total_length=read.shape[1])[0]
        states = self.recurrent[1](given, last)[0]
        scores = states @ encoded.transpose(1, 2)
        scores = scores.masked_fill((read == 0)[:, None], -torch.inf)
        looked = scores.softmax(2) @ encoded
        return torch.tanh(self.combine(torch.cat((looked, states), 2)))

    def attend_by_transformers(self, memory, given, read):
        memory = memory + self.places[0].weight[:memory.shape[1]]
        given = given + self.places[1].weight[:given.shape[1]]
        encoded = self.transformers[0](memory, read == 0)
        return self.transformers[1](given, None, encoded, read == 0)

    def loss(self, read, written):
        """The mean over the tokens there are of `written`, from its begin to its end."""
        following = written[:, 1:].long()
        losses = F.cross_entropy(self(read, written[:, :-1]).transpose(1, 2), following,
                                 ignore_index=0, reduction="sum")
        return losses / (following != 0).sum()


class Cnn(nn.Module):
    def __init__(self, classes=10, height=28, width=28, channels=1, convolutions=(32, 64), kernel=3,
                 hidden=(128,)):
        super().__init__()
        made = [channels, *convolutions]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, kernel, padding=kernel // 2) for i, o in zip(made, made[1:]))
        halvings = len(convolutions)
        sizes = [(height >> halvings) * (width >> halvings) * made[-1], *hidden, classes]
        self.dense = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))

    def forward(self, images):
        x = images.to(self.dense[0].weight.dtype) / 255
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # in Lemnos' order
        for dense in self.dense[:-1]:
            x = F.relu(dense(x))
        return self.dense[-1](x)

    def loss(self, images, labels):
        return F.cross_entropy(self(images), labels.long())


def normed(i, o, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(o))


class Residual(nn.Module):
    def __init__(self, i, filters, stride, bottleneck):
        super().__init__()
        o = 4 * filters if bottleneck else filters
        self.path = nn.ModuleList(
            [normed(i, filters, 1), normed(filters, filters, 3, stride), normed(filters, o, 1)]
            if bottleneck else [normed(i, o, 3, stride), normed(o, o, 3)])
        self.skip = nn.ModuleList([normed(i, o, 1, stride)] if stride != 1 or i != o else [])

    def forward(self, x):
        y = self.path[0](x)
        for part in self.path[1:]:
            y = part(F.relu(y))
        return F.relu(y + (self.skip[0](x) if self.skip else x))


class Resnet(nn.Module):
    BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}

    def __init__(self, classes=10, height=28, width=28, channels=1, depth=18, filters=64,
                 stem="cifar"):
        super().__init__()
        self.imagenet = stem == "imagenet"
        self.stem = normed(channels, filters, *(7, 2) if self.imagenet else (3,))
        self.blocks, i = nn.ModuleList(), filters
        for size, count in enumerate(self.BLOCKS[depth]):
            for block in range(count):
                stride = 2 if size > 0 and block == 0 else 1
                self.blocks.append(Residual(i, filters << size, stride, depth == 50))
                i = (filters << size) * (4 if depth == 50 else 1)
        self.head = nn.Linear(i, classes)

    def forward(self, images):
        x = F.relu(self.stem(images.to(self.head.weight.dtype) / 255))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))

    def loss(self, images, labels):
        return F.cross_entropy(self(images), labels.long())


class Detector(nn.Module):
    def __init__(self, classes=10, height=64, width=64, channels=1, halvings=(16, 32, 64),
                 neck=(128, 128), box_weight=2.0):
        super().__init__()
        made = [channels, *halvings, *neck]
        strides = [2] * len(halvings) + [1] * len(neck)
        self.convolutions = nn.ModuleList(
            normed(i, o, 3, s) for i, o, s in zip(made, made[1:], strides))
        self.head = nn.Conv2d(made[-1], 5 + classes, 1)
        self.box_weight = box_weight

    def forward(self, images):
        """[N, height, width], of one channel, to [N, rows, columns, 5 + classes]"""
        x = images[:, None].to(self.head.weight.dtype) / 255
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
        return self.head(x).permute(0, 2, 3, 1)

    @staticmethod
    def giou(a, b):
        """Of boxes [..., 4], as in section 3 of Rezatofighi et al. 2019."""
        (a0, a1), (b0, b1) = (((box[:2] - box[2:] / 2), (box[:2] + box[2:] / 2)) for box in (a, b))
        overlap = (torch.minimum(a1, b1) - torch.maximum(a0, b0)).clamp(min=0).prod()
        union = a[2:].prod() + b[2:].prod() - overlap
        hull = (torch.maximum(a1, b1) - torch.minimum(a0, b0)).prod()
        return overlap / union - (hull - union) / hull

    def loss(self, images, boxes):
        """Box by box: each in the cell that its centre is in."""
        said = self(images)
        rows, columns = said.shape[1:3]
        wanted = torch.zeros_like(said[..., 4])
        wrong = label = 0.0
        for n, image in enumerate(boxes):
            for box in image[image[:, 0] >= 0]:
                x = min(int(box[1] * columns), columns - 1)
                y = min(int(box[2] * rows), rows - 1)
                wanted[n, y, x] = 1
                cell = said[n, y, x]
                place = torch.sigmoid(cell[:4])
                centre = torch.stack(((x + place[0]) / columns, (y + place[1]) / rows))
                wrong = wrong + 1 - self.giou(torch.cat((centre, place[2:])), box[1:])
                label = label + F.cross_entropy(cell[5:], box[0].long())
        objectness = F.binary_cross_entropy_with_logits(said[..., 4], wanted, reduction="sum")
        return (objectness + self.box_weight * wrong + label) / len(images)


class DcganGenerator(nn.Module):
    def __init__(self, height, width, channels, latent, filters):
        super().__init__()
        self.quarter = (height // 4, width // 4, 2 * filters)  # H, W, C, as Lemnos has it
        self.dense = nn.Linear(latent, height // 4 * (width // 4) * 2 * filters)
        self.norm1 = nn.BatchNorm2d(2 * filters)
        self.up1 = nn.ConvTranspose2d(2 * filters, filters, 4, 2, 1)
        self.norm2 = nn.BatchNorm2d(filters)
        self.up2 = nn.ConvTranspose2d(filters, channels, 4, 2, 1)

    def forward(self, z):
        x = self.dense(z).unflatten(1, self.quarter).permute(0, 3, 1, 2)
        x = self.up1(F.relu(self.norm1(x)))
        return torch.tanh(self.up2(F.relu(self.norm2(x))))


class DcganDiscriminator(nn.Module):
    def __init__(self, height, width, channels, filters):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 4, 2, 1)
        self.conv2 = nn.Conv2d(filters, 2 * filters, 4, 2, 1)
        self.norm = nn.BatchNorm2d(2 * filters)
        self.dense = nn.Linear(height // 4 * (width // 4) * 2 * filters, 1)

    def forward(self, x):
        x = self.conv2(F.leaky_relu(self.conv1(x), 0.2))
        return self.dense(F.leaky_relu(self.norm(x), 0.2).permute(0, 2, 3, 1).flatten(1))


class Dcgan(nn.Module):
    def __init__(self, height=28, width=28, channels=1, latent=100, filters=64):
        super().__init__()
        self.generator = DcganGenerator(height, width, channels, latent, filters)
        self.discriminator = DcganDiscriminator(height, width, channels, filters)

    def turns(self):
        return [self.discriminator, self.generator]

    def losses(self, images, z):
        """The discriminator's, and after its update the generator's."""
        judge = self.discriminator
        real = images.to(z.dtype) / 255 * 2 - 1
        fake = self.generator(z)
        yield F.softplus(-judge(real)).mean() + F.softplus(judge(fake.detach())).mean()
        yield F.softplus(-judge(fake)).mean()


class Vit(nn.Module):
    def __init__(self, classes=10, height=28, width=28, channels=1, patch=4, embedding=64, heads=4,
                 layers=4, hidden=0):
        super().__init__()
        self.patches = nn.Conv2d(channels, embedding, patch, patch)
        self.places = nn.Embedding(height // patch * (width // patch), embedding)
        nn.init.normal_(self.places.weight, std=0.02)
        self.transformer = Transformer(embedding, heads, layers, hidden)
        self.head = nn.Linear(embedding, classes)

    def forward(self, images):
        x = self.patches(images.to(self.places.weight.dtype) / 255)
        x = x.flatten(2).transpose(1, 2) + self.places.weight
        return self.head(self.transformer(x).mean(1))

    def loss(self, images, labels):
        return F.cross_entropy(self(images), labels.long())
