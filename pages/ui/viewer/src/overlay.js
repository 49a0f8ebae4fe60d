// A map over the scan: the same colours and the same strengths as arncnn.figures.picture draws.

const SMOOTH_EDGE = 256; // as many pixels as the server's own smooth map has

function values(map) {
  const bytes = Uint8Array.from(atob(map.values), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

// Bicubic with OpenCV's a = -0.75, borders repeated.
function weights(part) {
  const a = -0.75, b = 1 - part;
  const first = ((a * (part + 1) - 5 * a) * (part + 1) + 8 * a) * (part + 1) - 4 * a;
  const second = ((a + 2) * part - (a + 3)) * part * part + 1;
  const third = ((a + 2) * b - (a + 3)) * b * b + 1;
  return [first, second, third, 1 - first - second - third];
}

function along(size, wanted) {
  return Array.from({ length: wanted }, (_, place) => {
    const exact = ((place + 0.5) * size) / wanted - 0.5;
    const start = Math.floor(exact);
    const taps = [-1, 0, 1, 2].map((step) => Math.min(size - 1, Math.max(0, start + step)));
    return { taps, weights: weights(exact - start) };
  });
}

function enlarge(shares, rows, columns, height, width) {
  const across = along(columns, width);
  const half = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++)
    across.forEach(({ taps, weights: w }, x) => {
      half[row * width + x] = taps.reduce((sum, tap, i) => sum + w[i] * shares[row * columns + tap], 0);
    });
  const whole = new Float32Array(height * width);
  along(rows, height).forEach(({ taps, weights: w }, y) => {
    for (let x = 0; x < width; x++)
      whole[y * width + x] = taps.reduce((sum, tap, i) => sum + w[i] * half[tap * width + x], 0);
  });
  return whole;
}

// Where a strength stands in the 256 colours that the server sends: -1 to 1 signed, else 0 to 1.
const place = (share, isSigned) =>
  Math.round((isSigned ? (share + 1) / 2 : share) * 255) * 3;

export function drawn(map, threshold) {
  const { rows, columns, scale, isSigned, smooth } = map;
  let shares = values(map).map((value) => (scale > 0 ? value / scale : 0));
  let height = rows, width = columns;
  if (smooth) {
    const longest = Math.max(map.height, map.width);
    height = Math.max(1, Math.round((map.height * SMOOTH_EDGE) / longest));
    width = Math.max(1, Math.round((map.width * SMOOTH_EDGE) / longest));
    shares = enlarge(shares, rows, columns, height, width);
  }
  const picture = new ImageData(width, height);
  shares.forEach((share, i) => {
    const held = Math.min(1, Math.max(isSigned ? -1 : 0, share));
    const strength = Math.abs(held);
    const colour = place(held, isSigned);
    picture.data.set(
      [...map.colours.slice(colour, colour + 3), strength < threshold ? 0 : Math.round(strength * 255)],
      i * 4,
    );
  });
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

// The colour bar: the same colours, strengths and threshold as the map, over black; one style rule
// gives both their opacity.
export function bar(canvas, map, threshold) {
  canvas.width = 256;
  canvas.height = 1;
  const picture = new ImageData(256, 1);
  for (let x = 0; x < 256; x++) {
    const share = map.isSigned ? (x / 255) * 2 - 1 : x / 255;
    const strength = Math.abs(share);
    const colour = place(share, map.isSigned);
    picture.data.set([...map.colours.slice(colour, colour + 3), strength < threshold ? 0 : Math.round(strength * 255)], x * 4);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
