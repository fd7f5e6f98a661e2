// What the door uses of it.
export class BarcodeDetector {
  constructor(options: { formats: string[] });
  detect(image: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}
export function prepareZXingModule(options: { overrides: { locateFile: () => string } }): void;
