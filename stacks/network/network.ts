/** Where machines are put. */
export interface Network {
  readonly vpcId: string;
  /** One a zone; workers are launched in them, the server is put into the first. */
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** Machines have addresses of their own on the internet, through which they go out. */
  readonly publicAddresses: boolean;
}
