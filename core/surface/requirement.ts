/** A checkable need of a surface. */
export type Requirement =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'binary'; readonly name: string }
  | { readonly kind: 'port'; readonly port: number; readonly host?: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'surface'; readonly name: string }
  | { readonly kind: 'memory'; readonly bytes: number }
