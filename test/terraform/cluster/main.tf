# What the tutorial's Terraform path makes: a cluster profile with the custom pack on top of the four
# public layers, and an AWS cluster of one control-plane node and one worker.

terraform {
  required_providers {
    spectrocloud = {
      source = "spectrocloud/spectrocloud"
    }
  }
}

provider "spectrocloud" {
  project_name = "Default"
}

data "spectrocloud_registry" "public" {
  name = "Public Repo"
}

data "spectrocloud_registry_oci" "private" {
  name = var.registry_name
}

locals {
  public  = data.spectrocloud_registry.public.id
  private = data.spectrocloud_registry_oci.private.id

  # In the order of a profile. The custom pack's tag differs from the version that is looked up, as it
  # does in the tutorial.
  layers = [
    { name = "ubuntu-aws", version = "22.04", tag = "22.04", registry = local.public },
    { name = "kubernetes", version = "1.32.3", tag = "1.32.3", registry = local.public },
    { name = "cni-calico", version = "3.29.3", tag = "3.29.3", registry = local.public },
    { name = "csi-aws-ebs", version = "1.41.0", tag = "1.41.0", registry = local.public },
    { name = "hellouniverse", version = "1.0.0", tag = "1.2.0", registry = local.private },
  ]
}

data "spectrocloud_pack" "layer" {
  for_each = { for layer in local.layers : layer.name => layer }

  name         = each.value.name
  version      = each.value.version
  registry_uid = each.value.registry
}

data "spectrocloud_cloudaccount_aws" "account" {
  name = var.cloud_account_name
}

resource "spectrocloud_cluster_profile" "profile" {
  name        = "pack-tutorial-profile"
  description = "My cluster profile as part of the packs tutorial."
  tags        = var.tags
  cloud       = "aws"
  type        = "cluster"

  dynamic "pack" {
    for_each = local.layers
    content {
      name   = pack.value.name
      tag    = pack.value.tag
      uid    = data.spectrocloud_pack.layer[pack.value.name].id
      values = data.spectrocloud_pack.layer[pack.value.name].values
    }
  }
}

resource "spectrocloud_cluster_aws" "cluster" {
  name             = "pack-tutorial-cluster"
  tags             = var.tags
  cloud_account_id = data.spectrocloud_cloudaccount_aws.account.id

  cloud_config {
    region       = var.region
    ssh_key_name = var.ssh_key_name
  }

  cluster_profile {
    id = spectrocloud_cluster_profile.profile.id
  }

  scan_policy {
    configuration_scan_schedule = "0 0 * * SUN"
    penetration_scan_schedule   = "0 0 * * SUN"
    conformance_scan_schedule   = "0 0 1 * *"
  }

  machine_pool {
    name                    = "control-plane-pool"
    control_plane           = true
    control_plane_as_worker = true
    count                   = 1
    instance_type           = var.instance_type
    disk_size_gb            = 60
    azs                     = var.availability_zones
    additional_labels = {
      owner   = "docs"
      purpose = "tutorial"
      type    = "control-plane-node"
    }
  }

  # Without a disk size: the provider's default is 65 GB, not the 60 of the tutorial's console path.
  machine_pool {
    name          = "worker-basic"
    count         = var.worker_count
    instance_type = var.instance_type
    azs           = var.availability_zones
    additional_labels = {
      owner   = "docs"
      purpose = "tutorial"
      type    = "worker-node"
    }
  }
}

output "profile_id" {
  value = spectrocloud_cluster_profile.profile.id
}

output "advisory" {
  value = "The name of the load balancer takes one to three minutes to resolve: wait before you open the application."
}
